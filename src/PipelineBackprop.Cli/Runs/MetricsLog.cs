using System.Text;
using System.Text.Json;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Writes metrics.jsonl: a line for every step and every evaluation.</summary>
internal sealed class MetricsLog : ITrainingObserver, IDisposable
{
    private readonly StreamWriter _writer;

    /// <summary>Opens the log.</summary>
    /// <param name="path">The file.</param>
    /// <param name="resumedStep">Lines of later steps, which a resumed run takes again, are dropped; 0 starts anew.</param>
    public MetricsLog(string path, long resumedStep)
    {
        string[] kept = resumedStep > 0 && File.Exists(path) ? [.. File.ReadLines(path).Where(line => StepOf(line) <= resumedStep)] : [];
        string temporary = path + ".tmp";
        File.WriteAllLines(temporary, kept);
        File.Move(temporary, path, overwrite: true);
        _writer = new StreamWriter(path, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
    }

    public void StepEnded(StepResult step, long epoch) => Write(TrainingEvents.Step(step, epoch));

    public void Evaluated(TrainingEvaluation evaluation) => Write(TrainingEvents.Evaluation(evaluation));

    public void Dispose() => _writer.Dispose();

    private void Write(object line) => _writer.WriteLine(JsonSerializer.Serialize(line, JsonLines.Options));

    // A line that a kill cut short counts as later than every step.
    private static long StepOf(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("step").GetInt64();
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return long.MaxValue;
        }
    }
}
