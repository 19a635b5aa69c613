using PipelineBackprop.Blocks;
using PipelineBackprop.Losses;

namespace PipelineBackprop.Training;

/// <summary>Checks host memory against the model once, at the boundary.</summary>
internal static class MinibatchValidator
{
    public static void Validate(Pipeline pipeline, in Minibatch minibatch)
    {
        ValidateInputs(pipeline, minibatch.Inputs, minibatch.Count);
        long expected = (long)minibatch.Count * pipeline.TargetWidth;
        if (minibatch.Targets.Length != expected)
        {
            throw new InvalidInputException(
                $"the loss {pipeline.Options.Loss} expects {expected} target values ({minibatch.Count} examples × {pipeline.TargetWidth}), got {minibatch.Targets.Length}.");
        }
        ValidateTargets(pipeline, minibatch.Targets.Span);
    }

    public static void ValidateInputs(Pipeline pipeline, ReadOnlyMemory<float> inputs, int rows)
    {
        if (rows < 1) throw new InvalidInputException($"a minibatch needs at least one example, got {rows}.");
        if (inputs.Length == (long)rows * pipeline.Inputs) return;
        string layer = $"layer 0 ({pipeline.Options.Layers[0]})";
        throw new InvalidInputException(inputs.Length % rows == 0
            ? $"{layer} expects {pipeline.Inputs} inputs, got {inputs.Length / rows}."
            : $"{layer} expects {rows} examples × {pipeline.Inputs} inputs = {(long)rows * pipeline.Inputs} values, got {inputs.Length}.");
    }

    /// <summary>Outputs of all rows go into one array.</summary>
    public static void ValidateOutputs(Pipeline pipeline, int rows)
    {
        long values = (long)rows * pipeline.Outputs;
        if (values > Array.MaxLength)
            throw new InvalidInputException($"the outputs of {rows} examples × {pipeline.Outputs} are {values} values, but one call gives at most {Array.MaxLength}; ask for fewer examples at a time.");
    }

    public static PassData Slice(Pipeline pipeline, in PassData data, int first, int count) => new(
        data.Inputs.Slice(first * pipeline.Inputs, count * pipeline.Inputs),
        data.Targets.IsEmpty ? data.Targets : data.Targets.Slice(first * pipeline.TargetWidth, count * pipeline.TargetWidth),
        data.Outputs.IsEmpty ? data.Outputs : data.Outputs.Slice(first * pipeline.Outputs, count * pipeline.Outputs));

    private static void ValidateTargets(Pipeline pipeline, ReadOnlySpan<float> targets)
    {
        switch (pipeline.Options.Loss.Targets)
        {
            case TargetKind.ClassIndex:
                for (int i = 0; i < targets.Length; i++)
                {
                    float target = targets[i];
                    if (!(target >= 0 && target < pipeline.Outputs && target == MathF.Floor(target)))
                        throw new InvalidInputException(FormattableString.Invariant(
                            $"example {i} has class {target}; the model has classes 0 to {pipeline.Outputs - 1}."));
                }
                break;
            case TargetKind.Probabilities:
                int bad = targets.IndexOfAnyExceptInRange(0f, 1f);
                if (bad >= 0)
                    throw new InvalidInputException(FormattableString.Invariant(
                        $"example {bad / pipeline.TargetWidth} has target {targets[bad]}; {pipeline.Options.Loss} needs targets from 0 to 1."));
                break;
        }
    }
}
