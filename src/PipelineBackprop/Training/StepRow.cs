namespace PipelineBackprop.Training;

/// <summary>Steps that are dealt one behind the other: once one of them has failed, none that has not begun is taken without it. Thread-safe.</summary>
internal sealed class StepRow
{
    private volatile bool _hasFailed;

    /// <summary>One of the steps is not taken.</summary>
    public void Fail() => _hasFailed = true;

    /// <exception cref="InvalidOperationException">One of the steps was not taken.</exception>
    public void ThrowIfFailed()
    {
        if (_hasFailed) throw new InvalidOperationException("A step dealt before this one was not taken.");
    }
}
