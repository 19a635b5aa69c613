using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>devices</c>: what stages can be pinned to.</summary>
internal sealed class DevicesCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("devices", "List the devices that stages can be pinned to.") { json };
        command.SetAction((parsed, _) =>
        {
            DeviceDescription[] devices = [.. DeviceCatalog.List().Select(device => device.Description)];
            if (parsed.GetValue(json)) WriteJson(environment.Output, devices);
            else WriteTable(environment.ConsoleOver(environment.Output), devices);
            return Task.FromResult(ExitCode.Done);
        });
        examples[command] =
        [
            "pipelinebackprop devices",
            "pipelinebackprop devices --json",
            "pipelinebackprop train config/quickstart.json --set pipeline.devices=[\\\"auto\\\"]",
        ];
        return command;
    }

    private static void WriteTable(IAnsiConsole console, DeviceDescription[] devices)
    {
        Table table = Tables.Plain("device", "memory");
        foreach (string column in (ReadOnlySpan<string>)["product", "products by", "can do"]) table.AddColumn(new TableColumn(column));
        foreach (DeviceDescription device in devices)
        {
            table.AddRow(
                device.Name, device.MemoryBytes > 0 ? Numbers.Bytes(device.MemoryBytes) : "unknown", Markup.Escape(device.Product),
                Markup.Escape(device.MatrixLibrary), Markup.Escape(string.Join(", ", device.Capabilities)));
        }
        console.Write(table);
    }

    private static void WriteJson(TextWriter output, DeviceDescription[] devices)
    {
        foreach (DeviceDescription device in devices)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new
                {
                    device = device.Name,
                    kind = device.Kind,
                    index = IndexOf(device.Name),
                    product = device.Product,
                    memoryBytes = device.MemoryBytes,
                    capabilities = device.Capabilities,
                    matrixLibrary = device.MatrixLibrary,
                    gpu = device.IsGpu,
                },
                JsonLines.Options));
        }
    }

    // Of its kind; the processor is the only one of its own.
    private static int IndexOf(string name) =>
        name.Contains(':', StringComparison.Ordinal) ? int.Parse(name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture) : 0;
}
