using System.Globalization;

namespace PipelineBackprop.Cli.Tests;

/// <summary>Presses Ctrl-C when a text is written.</summary>
internal sealed class RequestingWriter(Interruption interruption, string trigger, int requests = 1) : StringWriter(CultureInfo.InvariantCulture)
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.Contains(trigger, StringComparison.Ordinal) != true) return;
        for (int i = 0; i < requests; i++) interruption.Request();
    }
}
