using System.Numerics.Tensors;
using PipelineBackprop.Losses;

namespace PipelineBackprop.Training;

/// <summary>Adds up an evaluation chunk by chunk, micro-batch after micro-batch: the same bits however many go through the stages together.</summary>
internal sealed class EvaluationTally
{
    private readonly int _outputs, _examples;
    private readonly ReadOnlyMemory<float> _targets;
    private readonly float[] _values;
    private double _loss;
    private int _correct;

    public EvaluationTally(Pipeline pipeline, Minibatch examples)
    {
        _outputs = pipeline.Outputs;
        _examples = examples.Count;
        _targets = examples.Targets;
        _values = pipeline.Options.Loss.Targets == TargetKind.ClassIndex ? new float[_examples * _outputs] : [];
    }

    /// <summary>Where outputs go; empty when only the loss is wanted.</summary>
    public Memory<float> Outputs => _values;

    public void Add(int first, int count, IReadOnlyList<double> lossSums)
    {
        foreach (double sum in lossSums) _loss += sum;
        if (_values.Length == 0) return;
        for (int example = first; example < first + count; example++)
        {
            int best = TensorPrimitives.IndexOfMax<float>(_values.AsSpan(example * _outputs, _outputs));
            if (best == (int)_targets.Span[example]) _correct++;
        }
    }

    public EvaluationResult Result(TimeSpan duration) =>
        new(_loss / _examples, _values.Length == 0 ? null : (double)_correct / _examples, _examples, duration);
}
