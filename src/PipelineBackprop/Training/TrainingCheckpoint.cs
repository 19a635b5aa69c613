using PipelineBackprop.Checkpoints;
using PipelineBackprop.Data;
using SamplerState = PipelineBackprop.Data.SamplerState;

namespace PipelineBackprop.Training;

/// <summary>What a training writes into a checkpoint, and what must fit before it continues from one.</summary>
internal static class TrainingCheckpoint
{
    private const string ModelSeed = "seed", SamplerSeed = "samplerSeed", SamplerExamples = "samplerExamples";

    public static Checkpoint Create(
        PipelineState state, Pipeline pipeline, TrainerOptions options, Dataset train, SamplerState sampler,
        IReadOnlyDictionary<string, double> best, bool isBest) => new()
        {
            Step = state.Step,
            Epoch = sampler.Epoch,
            SamplerEpoch = sampler.Epoch,
            SamplerPosition = sampler.Position,
            Parameters = state.Parameters,
            OptimizerState = state.OptimizerState,
            OptimizerScalars = state.Scalars,
            OptimizerName = pipeline.Options.Optimizer.Kind,
            // Dropout and first values are counted by (seed, layer, step), the sampler by (seed, epoch): with the number of examples that is all the state there is.
            RandomState = new Dictionary<string, long>
            {
                [ModelSeed] = unchecked((long)pipeline.Options.Seed),
                [SamplerSeed] = unchecked((long)options.Seed),
                [SamplerExamples] = train.Count,
            },
            Best = best,
            IsBest = isBest,
            ModelDescription = ModelDescription.Of(pipeline.Options),
        };

    /// <exception cref="InvalidInputException">The checkpoint is of another optimizer, model, seed or data set, or stands where no training can.</exception>
    public static void Validate(Checkpoint checkpoint, Pipeline pipeline, TrainerOptions options, Dataset train)
    {
        StateChecks.Check(checkpoint);
        string optimizer = pipeline.Options.Optimizer.Kind, model = ModelDescription.Of(pipeline.Options);
        if (checkpoint.OptimizerName != optimizer)
            throw new InvalidInputException($"the checkpoint's optimizer is {checkpoint.OptimizerName}, but the run's is {optimizer}.");
        if (checkpoint.ModelDescription.Length > 0 && checkpoint.ModelDescription != model)
            throw new InvalidInputException($"the checkpoint is of the model {checkpoint.ModelDescription}, but the run's is {model}.");
        ValidateSeed(checkpoint, ModelSeed, pipeline.Options.Seed);
        ValidateSeed(checkpoint, SamplerSeed, options.Seed);
        if (checkpoint.RandomState.TryGetValue(SamplerExamples, out long examples) && examples != train.Count)
            throw new InvalidInputException($"the run began with {examples} examples to train on, but {train.Name} has {train.Count}; resume with the same data.");
        if (checkpoint.SamplerPosition >= train.Count)
            throw new InvalidInputException(
                $"the checkpoint stands at example {checkpoint.SamplerPosition} of its epoch, but {train.Name} has {train.Count}: resume with the data set the run began with.");
    }

    private static void ValidateSeed(Checkpoint checkpoint, string name, ulong seed)
    {
        if (checkpoint.RandomState.TryGetValue(name, out long saved) && unchecked((ulong)saved) != seed)
            throw new InvalidInputException($"the checkpoint's {name} is {unchecked((ulong)saved)}, but the run's is {seed}; only the same one continues bit-equal.");
    }
}
