namespace PipelineBackprop.Timelines;

/// <summary>Where the time of one stage goes in one step, in seconds.</summary>
/// <param name="Forward">All its F.</param>
/// <param name="InputGradient">All its B.</param>
/// <param name="WeightGradient">All its W.</param>
/// <param name="Wait">The rest of T barrier: from the first action of any stage to the last one's end, what is none of its F, B and W.</param>
/// <param name="Help">Of the wait: helping other stages; 0 in a prediction.</param>
/// <param name="Transfer">Of F and B: bringing tensors from the host and from neighbours.</param>
/// <param name="Update">The optimizer.</param>
public readonly record struct StageSeconds(double Forward, double InputGradient, double WeightGradient, double Wait, double Help, double Transfer, double Update);
