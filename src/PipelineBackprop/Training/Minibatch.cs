using System.Numerics.Tensors;

namespace PipelineBackprop.Training;

/// <summary>
/// A minibatch in host memory: inputs [Count×input width] and targets [Count×target width], float32, row-major; a class index is a target row of one
/// number. The memory is read until the step has ended and must not change before. Widths are checked by the pipeline that gets it.
/// </summary>
public readonly record struct Minibatch
{
    /// <summary>Wraps host memory without copying.</summary>
    /// <param name="inputs">The rows of inputs.</param>
    /// <param name="targets">The rows of targets.</param>
    /// <param name="count">Number of examples, at least 1.</param>
    public Minibatch(ReadOnlyMemory<float> inputs, ReadOnlyMemory<float> targets, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Inputs = inputs;
        Targets = targets;
        Count = count;
    }

    /// <summary>The inputs, row after row.</summary>
    public ReadOnlyMemory<float> Inputs { get; }

    /// <summary>The targets, row after row.</summary>
    public ReadOnlyMemory<float> Targets { get; }

    /// <summary>The number of examples.</summary>
    public int Count { get; }

    /// <summary>Copies tensors whose first dimension counts the examples; further dimensions are one row each.</summary>
    /// <param name="inputs">[n, ...] inputs.</param>
    /// <param name="targets">[n] class indices or values, or [n, ...] values.</param>
    public static Minibatch FromTensors(ReadOnlyTensorSpan<float> inputs, ReadOnlyTensorSpan<float> targets)
    {
        int count = CountOf(inputs), labelled = CountOf(targets);
        if (count != labelled)
            throw new ArgumentException($"inputs has {count} examples and targets has {labelled}: both need the same number of rows.", nameof(targets));
        return new Minibatch(Flatten(inputs), Flatten(targets), count);
    }

    /// <summary>Copies tensors whose first dimension counts the examples.</summary>
    public static Minibatch FromTensors(Tensor<float> inputs, Tensor<float> targets)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        return FromTensors(inputs.AsReadOnlyTensorSpan(), targets.AsReadOnlyTensorSpan());
    }

    /// <summary>Wraps inputs and turns class indices into target rows.</summary>
    /// <param name="inputs">The rows of inputs.</param>
    /// <param name="classes">One class index an example.</param>
    public static Minibatch FromClasses(ReadOnlyMemory<float> inputs, ReadOnlySpan<int> classes)
    {
        var targets = new float[classes.Length];
        for (int i = 0; i < classes.Length; i++) targets[i] = classes[i];
        return new Minibatch(inputs, targets, classes.Length);
    }

    internal static float[] Flatten(ReadOnlyTensorSpan<float> tensor)
    {
        if (tensor.FlattenedLength > Array.MaxLength)
            throw new ArgumentException($"A minibatch tensor holds at most {Array.MaxLength} numbers, got {tensor.FlattenedLength}.");
        var values = new float[(int)tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    internal static int CountOf(ReadOnlyTensorSpan<float> tensor)
    {
        if (tensor.Rank == 0) throw new ArgumentException("A minibatch tensor needs a first dimension that counts examples.");
        return tensor.Lengths[0] <= Array.MaxLength
            ? (int)tensor.Lengths[0]
            : throw new ArgumentException($"A minibatch has at most {Array.MaxLength} examples, got {tensor.Lengths[0]}.");
    }
}
