using System.Globalization;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Data;
using SamplerState = PipelineBackprop.Data.SamplerState;

namespace PipelineBackprop.Training;

/// <summary>What a training writes into a checkpoint, and what must fit before it continues from one.</summary>
internal static class TrainingCheckpoint
{
    private const string ModelSeed = "seed", SamplerSeed = "samplerSeed", SamplerExamples = "samplerExamples";
    private const string TrainingSteps = "trainingSteps", TrainingSkipped = "trainingSkippedSteps";
    private const string BatchSize = "batchSize", Shuffle = "shuffle", DropLast = "dropLast", InputsHash = "inputsHash", TargetsHash = "targetsHash";

    public static Checkpoint Create(
        PipelineState state, Pipeline pipeline, TrainerOptions options, Dataset train, SamplerState sampler, (long Taken, long Skipped) steps,
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
            RandomState = Counters(state, pipeline, options, train, steps),
            Best = best,
            IsBest = isBest,
            ModelDescription = ModelDescription.Of(pipeline.Options),
        };

    /// <summary>Steps of the training that wrote a checkpoint, which its pipeline has been restored from: taken, and of these left out by loss scaling.</summary>
    public static (long Taken, long Skipped) CountsOf(Checkpoint checkpoint, Pipeline restored) => (
        checkpoint.RandomState.TryGetValue(TrainingSteps, out long taken) ? taken : checkpoint.Step,
        checkpoint.RandomState.TryGetValue(TrainingSkipped, out long skipped) ? skipped : restored.SkippedSteps);

    /// <exception cref="InvalidInputException">The checkpoint is of another optimizer, model, seed, data set or way to deal it, or stands where no training can.</exception>
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
        ValidateDealing(checkpoint, options);
        ValidateData(checkpoint, train);
    }

    // A checkpoint of before these were kept is taken at its word.
    private static void ValidateDealing(Checkpoint checkpoint, TrainerOptions options)
    {
        if (checkpoint.RandomState.TryGetValue(BatchSize, out long batchSize) && batchSize != options.BatchSize)
            throw Differs(BatchSize, batchSize.ToString(CultureInfo.InvariantCulture), options.BatchSize.ToString(CultureInfo.InvariantCulture));
        foreach ((string name, bool isSet) in (ReadOnlySpan<(string, bool)>)[(Shuffle, options.Shuffle), (DropLast, options.DropLast)])
        {
            if (checkpoint.RandomState.TryGetValue(name, out long saved) && (saved != 0) != isSet)
                throw Differs(name, isSet ? "false" : "true", isSet ? "true" : "false");
        }
    }

    private static void ValidateData(Checkpoint checkpoint, Dataset train)
    {
        bool hasInputs = checkpoint.RandomState.TryGetValue(InputsHash, out long inputs), hasTargets = checkpoint.RandomState.TryGetValue(TargetsHash, out long targets);
        if (hasInputs && inputs != DatasetHash.Of(train).Inputs)
            throw new InvalidInputException($"the inputs of {train.Name} are not those that the run began with; resume with the same data.");
        if (hasTargets && targets != DatasetHash.Of(train).Targets)
            throw new InvalidInputException($"the targets of {train.Name} are not those that the run began with; resume with the same data.");
    }

    private static Dictionary<string, long> Counters(PipelineState state, Pipeline pipeline, TrainerOptions options, Dataset train, (long Taken, long Skipped) steps)
    {
        // Dropout and first values are counted by (seed, layer, step), the sampler by (seed, epoch): with what is dealt and how, that is all the state there is.
        var counters = new Dictionary<string, long>
        {
            [ModelSeed] = unchecked((long)pipeline.Options.Seed),
            [SamplerSeed] = unchecked((long)options.Seed),
            [SamplerExamples] = train.Count,
            [BatchSize] = options.BatchSize,
            [Shuffle] = options.Shuffle ? 1 : 0,
            [DropLast] = options.DropLast ? 1 : 0,
            [InputsHash] = DatasetHash.Of(train).Inputs,
            [TargetsHash] = DatasetHash.Of(train).Targets,
        };
        if (steps.Taken != state.Step) (counters[TrainingSteps], counters[TrainingSkipped]) = steps;
        return counters;
    }

    private static void ValidateSeed(Checkpoint checkpoint, string name, ulong seed)
    {
        if (checkpoint.RandomState.TryGetValue(name, out long saved) && unchecked((ulong)saved) != seed)
            throw Differs(name, unchecked((ulong)saved).ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture));
    }

    private static InvalidInputException Differs(string name, string saved, string given) =>
        new($"the checkpoint's {name} is {saved}, but the run's is {given}; only the same one continues bit-equal.");
}
