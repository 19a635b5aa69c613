using System.CommandLine;
using System.Globalization;
using PipelineBackprop.Data;
using Spectre.Console;

namespace PipelineBackprop.Cli.Commands;

/// <summary><c>data get</c>: downloads a data set named in the catalogue.</summary>
internal sealed class DataGetCommand : ICliCommand
{
    public Command Build(CliEnvironment environment, IDictionary<Command, string[]> examples)
    {
        var name = new Argument<string>("NAME") { Description = "The data set: mnist, fashion-mnist, or another one of the catalogue." };
        var catalogue = new Option<string?>("--catalogue")
        {
            Description = "The file that lists addresses and hashes; default config/datasets.json, here or in a folder above the program.",
            HelpName = "FILE",
        };
        var directory = new Option<string?>("--data-dir") { Description = "Where the files go; default data/NAME.", HelpName = "DIR" };
        var command = new Command("get", "Download a data set; a download that was cut off is continued.") { name, catalogue, directory };
        command.SetAction(async (parsed, _) =>
        {
            CatalogueEntry entry = DatasetCatalogue.Load(parsed.GetValue(catalogue) ?? FindCatalogue()).Find(parsed.GetRequiredValue(name));
            string folder = parsed.GetValue(directory) ?? Path.Combine("data", entry.Name);
            using HttpClient client = environment.CreateHttpClient();
            IReadOnlyList<DownloadedFile> files = await DownloadAsync(environment, new DatasetDownloader(client), entry, folder);
            foreach (DownloadedFile file in files)
            {
                string state = file.AlreadyThere ? "already there" : "downloaded";
                string proof = file.Verified ? "SHA-256 checked" : $"SHA-256 {file.Sha256}, not in the catalogue";
                await environment.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{file.Path}: {state}, {file.Bytes:N0} bytes, {proof}."));
            }
            return ExitCode.Done;
        });
        examples[command] = ["pipelinebackprop data get mnist", "pipelinebackprop data get fashion-mnist --data-dir /srv/fashion"];
        return command;
    }

    private static async Task<IReadOnlyList<DownloadedFile>> DownloadAsync(
        CliEnvironment environment, DatasetDownloader downloader, CatalogueEntry entry, string folder)
    {
        CancellationToken stop = environment.Interruption.Stop;
        if (!environment.IsTerminal) return await downloader.DownloadAsync(entry, folder, null, stop);
        return await environment.ConsoleOver(environment.Output).Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var tasks = entry.Files.ToDictionary(file => file.Name, file => context.AddTask(Markup.Escape(file.Name), maxValue: file.Bytes ?? 1));
                return downloader.DownloadAsync(entry, folder, new Reporter(tasks), stop);
            });
    }

    // config/datasets.json of the current folder, else of the repository or installation that the program lies in.
    private static string FindCatalogue()
    {
        string relative = Path.Combine("config", "datasets.json");
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); !File.Exists(relative) && folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, relative);
            if (File.Exists(candidate)) return candidate;
        }
        return relative;
    }

    private sealed class Reporter(Dictionary<string, ProgressTask> tasks) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            ProgressTask task = tasks[value.File];
            if (value.Total is long total) task.MaxValue = total;
            task.Value = value.Bytes;
        }
    }
}
