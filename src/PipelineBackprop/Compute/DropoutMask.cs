namespace PipelineBackprop.Compute;

/// <summary>
/// The mask of one dropout application, computed and never stored: element i of example e keeps its value, divided by 1 − Rate, when
/// <c>Philox.Word(Key, Stream, (FirstExample + e) · columns + i) ≥ Rate · 2³²</c>, and is 0 otherwise. A pure function of seed, step, layer
/// and example, so forward and backward, every split and every device draw the same mask.
/// </summary>
/// <param name="Rate">Probability of dropping, in [0, 1).</param>
/// <param name="Key">The seed mixed with the layer.</param>
/// <param name="Stream">The step.</param>
/// <param name="FirstExample">Index in the minibatch of the micro-batch's first example.</param>
public readonly record struct DropoutMask(double Rate, ulong Key, ulong Stream, int FirstExample);
