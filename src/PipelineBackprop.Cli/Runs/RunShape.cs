using PipelineBackprop.Configuration;

namespace PipelineBackprop.Cli.Runs;

/// <summary>What a plan or a picture has to know of a run's data: its shape and counts, without drawing what can be drawn.</summary>
/// <param name="Data">What the data looks like.</param>
/// <param name="TrainCount">Examples to train on.</param>
/// <param name="TestCount">Examples to test on.</param>
internal sealed record RunShape(DataDescription Data, int TrainCount, int TestCount)
{
    /// <summary>Examples of the largest set that a run evaluates.</summary>
    public int MostEvaluated => Math.Max(TrainCount, TestCount);

    /// <summary>Examples of a run's minibatch.</summary>
    public int BatchOf(RunFile run) => Math.Min(run.Training.BatchSize, TrainCount);

    /// <summary>Looks at the data of a run; files are read, drawn data is not drawn.</summary>
    public static RunShape Of(RunFile run, CancellationToken cancellationToken)
    {
        DataSettings few = run.Data switch
        {
            DigitsDataSettings digits => digits with { TrainCount = 1, TestCount = 1 },
            LinearDataSettings linear => linear with { TrainCount = 1, TestCount = 1 },
            _ => run.Data,
        };
        RunData data = RunData.Load(run with { Data = few }, cancellationToken);
        return run.Data switch
        {
            DigitsDataSettings digits => new RunShape(data.Description, digits.TrainCount, digits.TestCount),
            LinearDataSettings linear => new RunShape(data.Description, linear.TrainCount, linear.TestCount),
            _ => new RunShape(data.Description, data.Train.Count, data.Test.Count),
        };
    }
}
