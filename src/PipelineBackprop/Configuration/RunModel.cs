using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Configuration.Reading;
using PipelineBackprop.Data;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;

namespace PipelineBackprop.Configuration;

/// <summary>Makes layers, loss, optimizer and schedules of what a run file names, by the registries of their rooms.</summary>
public static class RunModel
{
    private const string Kind = "kind";

    /// <summary>The options of the pipeline that a run file describes, for data of that shape.</summary>
    /// <param name="run">The settings.</param>
    /// <param name="data">What the data looks like: its width is that of the first layer, its classes or targets must fit the loss and the last layer.</param>
    /// <param name="findDevice">The device of a name; throws <see cref="InvalidInputException"/> for a name it does not know.</param>
    /// <exception cref="InvalidInputException">Layers, loss and data do not fit together, in one sentence.</exception>
    public static PipelineOptions CreateOptions(RunFile run, DataDescription data, Func<string, IDevice> findDevice)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(findDevice);
        IReadOnlyList<Layer> layers = CreateLayers(run.Model, data.InputWidth);
        Loss loss = LossRegistry.Create(KindOf(run.Model.Loss, out JsonObject lossSettings), Flat<Losses.LossSettings>(lossSettings));
        CheckFit(layers[^1], loss, data);
        Optimizer optimizer = CreateOptimizer(run.Optimizer);
        WeightDecaySettings decay = run.Optimizer.WeightDecay;
        return new PipelineOptions
        {
            Layers = layers,
            Loss = loss,
            Optimizer = optimizer,
            WeightDecay = new WeightDecay(decay.Lambda, decay.Mode == WeightDecayMode.Decoupled, decay.IncludeBiases),
            ClipNorm = run.Optimizer.ClipNorm,
            // Until a plan has chosen, automatic stages are as few as the devices allow.
            Stages = run.Pipeline.IsAutomatic ? run.Pipeline.Devices.Count : run.Pipeline.Stages,
            Chunks = run.Pipeline.Chunks,
            Boundaries = run.Pipeline.Boundaries is { } later ? [0, .. later] : null,
            MicroBatches = run.Pipeline.MicroBatches,
            Schedule = run.Pipeline.Schedule,
            WrittenSchedule = ScheduleFile.IsFile(run.Pipeline.Schedule) ? ScheduleFile.Load(run.Pipeline.Schedule) : null,
            Recomputation = run.Pipeline.Recomputation,
            ThreadsPerStage = run.Pipeline.Threads,
            HelpOtherStages = run.Pipeline.HelpOtherStages,
            Devices = [.. run.Pipeline.Devices.Select((name, index) => FindDevice(name, index, findDevice))],
            Precision = run.Pipeline.Precision,
            Replay = run.Pipeline.Replay,
            LossScaling = run.Pipeline.LossScaling ?? run.Pipeline.Precision == ProductPrecision.Bf16 ? new LossScaling() : null,
            Seed = run.Seed,
            StallTimeout = TimeSpan.FromSeconds(run.Pipeline.StallTimeoutSeconds),
            NonFiniteCheck = run.Pipeline.NonFiniteCheck,
        };
    }

    /// <summary>Checks what can be told without the data: that a written schedule can be read, and that the loss goes with data of that kind.</summary>
    /// <exception cref="InvalidInputException">It cannot, or does not.</exception>
    public static void CheckWithoutData(RunFile run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (ScheduleFile.IsFile(run.Pipeline.Schedule)) ScheduleFile.Load(run.Pipeline.Schedule);
        Loss loss = LossRegistry.Create(KindOf(run.Model.Loss, out JsonObject given), Flat<Losses.LossSettings>(given));
        CheckTargets(loss, run.Data is not (LinearDataSettings or CsvDataSettings { Task: CsvTask.Regression }), "such data");
    }

    /// <summary>The layers of a model for input rows of that width, each as wide as the one before gives.</summary>
    /// <exception cref="InvalidInputException">A layer's settings do not fit together; the sentence names the layer.</exception>
    public static IReadOnlyList<Layer> CreateLayers(ModelSettings model, int inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        var layers = new List<Layer>(model.Layers.Count);
        foreach (LayerSettings settings in model.Layers)
        {
            try
            {
                string kind = KindOf(settings, out JsonObject given);
                int width = layers.Count == 0 ? inputs : layers[^1].Outputs;
                if (given["outputs"] is { } outputs && (long)width * (int)outputs > Array.MaxLength)
                    throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"{width} inputs × {(int)outputs} outputs are more than the {Array.MaxLength} weights that a layer can have."));
                layers.Add(LayerRegistry.Create(kind, width, Flat<Layers.LayerSettings>(given)));
            }
            catch (InvalidInputException fault)
            {
                throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"'model.layers.{layers.Count}': {fault.Message}"), fault);
            }
        }
        return layers;
    }

    /// <summary>The options of the trainer that a run file describes.</summary>
    /// <param name="run">The settings.</param>
    /// <param name="trainExamples">Examples of the training data, at least 1.</param>
    /// <param name="checkpoints">Where checkpoints go; null keeps none.</param>
    /// <exception cref="InvalidInputException">The examples do not fill one minibatch and short ones are left out.</exception>
    public static TrainerOptions CreateTrainerOptions(RunFile run, int trainExamples, CheckpointStore? checkpoints)
    {
        ArgumentNullException.ThrowIfNull(run);
        TrainingSettings training = run.Training;
        if (training.DropLast && training.BatchSize > trainExamples)
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"'training.batchSize' is {training.BatchSize}, but there are {trainExamples} examples to train on, and 'training.dropLast' leaves out what is no full minibatch."));
        int perEpoch = new MinibatchSampler(trainExamples, training.BatchSize, run.Seed, training.Shuffle, training.DropLast).MinibatchesPerEpoch;
        long steps = training.Steps ?? checked((long)training.Epochs * perEpoch);
        string kind = KindOf(run.Optimizer.Schedule, out JsonObject given);
        LearningRateSchedule schedule = LearningRateScheduleRegistry.Create(kind, Flat<Optimizers.LearningRateScheduleSettings>(given));
        return new TrainerOptions
        {
            BatchSize = training.BatchSize,
            Epochs = training.Epochs,
            Steps = training.Steps,
            Shuffle = training.Shuffle,
            DropLast = training.DropLast,
            Seed = run.Seed,
            LearningRate = step => schedule.Rate(run.Optimizer.LearningRate, step, steps),
            EvaluateEverySteps = training.EvaluateEverySteps,
            EvaluateEveryEpochs = training.EvaluateEveryEpochs,
            EarlyStopping = training.EarlyStopping is { } early ? new EarlyStopping(early.Metric, early.Patience, early.MinimumDelta) : null,
            Checkpoints = checkpoints,
            CheckpointEverySteps = training.CheckpointEverySteps,
            CheckpointEveryEpochs = training.CheckpointEveryEpochs,
        };
    }

    private static IDevice FindDevice(string name, int index, Func<string, IDevice> find)
    {
        try
        {
            return find(name);
        }
        catch (InvalidInputException fault)
        {
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"'pipeline.devices.{index}': {fault.Message}"), fault);
        }
    }

    private static Optimizer CreateOptimizer(OptimizerSettings settings)
    {
        string kind = KindOf(settings, out JsonObject given);
        foreach (string shared in (ReadOnlySpan<string>)["weightDecay", "clipNorm", "schedule"]) given.Remove(shared);
        return OptimizerRegistry.Create(kind, Flat<Optimizers.OptimizerSettings>(given));
    }

    private static void CheckFit(Layer last, Loss loss, DataDescription data)
    {
        bool classes = data.ClassCount > 0;
        CheckTargets(loss, classes, data.Name);
        if (classes)
        {
            if (last.Outputs < data.ClassCount)
                throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"The last layer ({last}) has {last.Outputs} outputs, but {data.Name} has {data.ClassCount} classes and needs as many."));
            return;
        }
        if (last.Outputs != data.TargetWidth)
            throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"The last layer ({last}) has {last.Outputs} outputs, but {data.Name} has {data.TargetWidth} numbers to predict and needs as many."));
    }

    private static void CheckTargets(Loss loss, bool classes, string data)
    {
        bool needsClasses = loss.Targets == TargetKind.ClassIndex;
        if (needsClasses && !classes) throw new InvalidInputException($"'model.loss' is {loss.Kind}, which needs classes, but {data} holds numbers to predict; use halfSquaredError or huber.");
        if (classes && !needsClasses) throw new InvalidInputException($"'model.loss' is {loss.Kind}, which needs numbers to predict, but {data} holds classes; use softmaxCrossEntropy.");
    }

    private static string KindOf<T>(T settings, out JsonObject others)
    {
        others = JsonSerializer.SerializeToNode(settings, SettingsJson.Options)!.AsObject();
        string kind = (string)others[Kind]!;
        others.Remove(Kind);
        return kind;
    }

    // The registries take the settings of all kinds in one flat record, under the same names.
    private static T Flat<T>(JsonObject settings) => settings.Deserialize<T>(SettingsJson.Options)!;
}
