namespace PipelineBackprop.Inference;

/// <summary>What one call of a predictor needs for itself; used by one call at a time.</summary>
internal interface IPredictorSeat : IDisposable
{
    /// <summary>Whether it is the one that several threads share.</summary>
    bool IsTeam { get; }

    /// <summary>The most rows of one call of <see cref="Predict"/>.</summary>
    int RowsAtOnce { get; }

    /// <summary>The outputs of some rows; the inputs do not move until it returns.</summary>
    /// <param name="inputs">[rows×Inputs].</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="outputs">Receives [rows×Outputs].</param>
    /// <param name="cancellationToken">For layers that take long.</param>
    void Predict(ReadOnlySpan<float> inputs, int rows, Span<float> outputs, CancellationToken cancellationToken);
}
