namespace PipelineBackprop.Tests.Curvature;

/// <summary>Keeps what is reported, at once and on the reporting thread.</summary>
internal sealed class Listener<T>(List<T> told, Action? then = null) : IProgress<T>
{
    public void Report(T value)
    {
        told.Add(value);
        then?.Invoke();
    }
}
