using System.Globalization;
using PipelineBackprop.Checkpoints;

namespace PipelineBackprop.Training;

/// <summary>Refuses states and numbers that would break a pipeline, before anything of it is written.</summary>
internal static class StateChecks
{
    /// <summary>Whether all but the tensors of a state can be continued from.</summary>
    /// <exception cref="InvalidInputException">The step is negative, a scalar is not finite, or a part is null; says which.</exception>
    public static void Check(PipelineState state)
    {
        RequirePart(state.Parameters, nameof(PipelineState.Parameters));
        RequirePart(state.OptimizerState, nameof(PipelineState.OptimizerState));
        RequirePart(state.Scalars, nameof(PipelineState.Scalars));
        TensorFit.RequireNoNull(state.Parameters);
        TensorFit.RequireNoNull(state.OptimizerState);
        Check(state.Step, state.Scalars);
    }

    /// <summary>Whether all but the tensors of a checkpoint can be continued from.</summary>
    /// <exception cref="InvalidInputException">The step or the sampler's place is negative, a scalar is not finite, or a part is null; says which.</exception>
    public static void Check(Checkpoint checkpoint)
    {
        RequirePart(checkpoint.Parameters, nameof(Checkpoint.Parameters));
        RequirePart(checkpoint.OptimizerState, nameof(Checkpoint.OptimizerState));
        RequirePart(checkpoint.OptimizerName, nameof(Checkpoint.OptimizerName));
        RequirePart(checkpoint.OptimizerScalars, nameof(Checkpoint.OptimizerScalars));
        RequirePart(checkpoint.RandomState, nameof(Checkpoint.RandomState));
        RequirePart(checkpoint.Best, nameof(Checkpoint.Best));
        RequirePart(checkpoint.ModelDescription, nameof(Checkpoint.ModelDescription));
        Check(checkpoint.Step, checkpoint.OptimizerScalars);
        RequireCount("samplerEpoch", checkpoint.SamplerEpoch);
        RequireCount("samplerPosition", checkpoint.SamplerPosition);
    }

    /// <summary>Whether every value is a finite number in the format that a pipeline computes in.</summary>
    /// <exception cref="InvalidInputException">One is not; names it.</exception>
    public static void CheckFinite(IReadOnlyList<ParameterValues> values, Tensors.ElementType format)
    {
        foreach (ParameterValues parameter in values)
        {
            int at = Array.FindIndex(parameter.Values, value => !(format == Tensors.ElementType.Float64 ? double.IsFinite(value) : float.IsFinite((float)value)));
            if (at >= 0)
            {
                throw new InvalidInputException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parameter.Name} is {parameter.Values[at]} at index {at}, but must be a finite number in {format.ToString().ToLowerInvariant()}."));
            }
        }
    }

    private static void Check(long step, IReadOnlyDictionary<string, double> scalars)
    {
        RequireCount("step", step);
        foreach ((string name, double value) in scalars)
        {
            if (!double.IsFinite(value))
                throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"{name} of the state is {value}, but must be a finite number."));
        }
    }

    private static void RequireCount(string name, long value)
    {
        if (value < 0) throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"{name} of the state is {value}, but must be at least 0."));
    }

    private static void RequirePart(object? part, string name)
    {
        if (part is null) throw new InvalidInputException($"{name} of the state is null; leave it empty where there is nothing.");
    }
}
