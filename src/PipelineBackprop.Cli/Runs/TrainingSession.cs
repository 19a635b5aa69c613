using System.Globalization;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Configuration;
using PipelineBackprop.Gpu;
using PipelineBackprop.Naming;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>One use of <c>train</c>: data, folder, pipeline, trainer and report put together.</summary>
internal sealed class TrainingSession(CliEnvironment environment, ITrainingReport report, string runs, IReadOnlyList<long> timelineSteps)
{
    private readonly Interruption _interruption = environment.Interruption;

    /// <summary>Trains one run and returns the exit code.</summary>
    public async Task<int> TrainAsync(RunFile run, bool resume, string? init)
    {
        RunData data = RunData.Load(run, _interruption.Stop);
        RunSummary? summary = await TrainOneAsync(run, data, () => FolderOf(run, resume), resume, init);
        return summary?.End == "interrupted" ? Interrupted(summary, $"--name {summary.Name} --resume continues the run") : ExitCode.Done;
    }

    /// <summary>Trains one run a value of the comparison, in folders within the folder of the run file's name.</summary>
    public async Task<int> CompareAsync(RunFile run, string? init)
    {
        using RunFolder folder = FolderOf(run, resume: false);
        CompareSettings compare = run.Compare!;
        var done = new List<(string Value, RunSummary Summary)>();
        foreach (RunFile variant in run.Variants())
        {
            string value = compare.Values[done.Count].GetRawText();
            string name = $"{compare.Setting.Split('.')[^1]}={value.Trim('"')}";
            RunData data = RunData.Load(variant, _interruption.Stop);
            RunSummary summary = (await TrainOneAsync(variant, data, () => RunFolder.New(folder.FullPath, name), resume: false, init))!;
            if (summary.End == "interrupted") return Interrupted(summary, "a comparison is not resumed, train begins it anew");
            done.Add((value, summary));
        }
        report.Compare(compare.Setting, done);
        return ExitCode.Done;
    }

    // Null when a resumed run has nothing left to train.
    private async Task<RunSummary?> TrainOneAsync(RunFile run, RunData data, Func<RunFolder> makeFolder, bool resume, string? init)
    {
        CancellationToken abort = _interruption.Abort;
        PipelineOptions options = RunModel.CreateOptions(run, data.Description, DeviceCatalog.Find);
        if (run.Pipeline.IsAutomatic)
        {
            run = await ChooseAsync(run, options, data, resume, abort);
            options = RunModel.CreateOptions(run, data.Description, DeviceCatalog.Find);
        }
        // Once for forecast and run: devices are measured, and the next answer may differ.
        options = await DevicePlacement.ResolveAsync(options, Math.Max(1, run.Training.BatchSize / options.MicroBatches), abort);
        MemoryReport predicted = await MemoryForecast.TrainingAsync(
            options, Math.Min(run.Training.BatchSize, data.Train.Count), Math.Max(data.Train.Count, data.Test.Count), abort);
        await using Pipeline pipeline = await Pipeline.CreateAsync(options, abort);
        if (init is not null) await GivenWeights.LoadFileAsync(pipeline, init, abort);
        TrainerOptions trainerOptions = RunModel.CreateTrainerOptions(run, data.Train.Count, checkpoints: null) with { RecordsTimelineOf = timelineSteps.Contains };
        using RunFolder folder = makeFolder();
        var trainer = new Trainer(pipeline, trainerOptions with { Checkpoints = folder.Checkpoints(run.Training.KeepCheckpoints) }, data.Train, data.Test);
        var timelines = new RunTimelines(timelineSteps);
        if (resume)
        {
            await ResumeAsync(trainer, folder, abort);
            if (IsComplete(folder, trainer))
            {
                report.Note(NothingLeft(folder, trainer, run.Training));
                return null;
            }
            // A setting that was given by --set and is forgotten now would go back to the run file's.
            IReadOnlyList<string> changes = SettingChanges.Between(folder.ReadConfig([]), run);
            if (changes.Count > 0) report.Note($"The run goes on with other settings: {string.Join("; ", changes)}.");
        }
        folder.Begin(run, data.Description);
        // Texts became categories by themselves, and the label may be the last column only because none was named.
        if (data.Encoding is { } encoding) report.Note($"Learns {encoding}.");
        report.Begin(StartOf(folder, pipeline));
        TrainingSummary ended;
        using (var metrics = new MetricsLog(folder.Metrics, trainer.StepsTaken))
        {
            // The report draws on this thread while the training runs on others.
            Task<TrainingSummary> training = Task.Run(() => trainer.RunAsync(new Observers(metrics, timelines, report), _interruption.Stop, abort), CancellationToken.None);
            ended = await report.WatchAsync(training);
        }
        RunSummary summary = RunSummary.Of(folder, pipeline, predicted, ended, await WeightNorm.OfAsync(pipeline, abort));
        folder.WriteSummary(summary);
        LossCurve.Write(folder.Metrics, folder.LossCurve, folder.Name);
        await timelines.WriteAsync(folder, options, report, abort);
        report.End(summary);
        return summary;
    }

    private async Task<RunFile> ChooseAsync(RunFile run, PipelineOptions options, RunData data, bool resume, CancellationToken cancellationToken)
    {
        // A run goes on as it began: another number of micro-batches would round its sums differently.
        if (resume && RunFolder.Open(runs, Path.Combine(runs, run.Name)).ReadConfig([]).Pipeline is { IsAutomatic: false } begun) return run with { Pipeline = begun };
        (RunFile chosen, string sentence) = await AutomaticPipeline.ChooseAsync(run, options, Math.Min(run.Training.BatchSize, data.Train.Count), cancellationToken);
        report.Note(sentence);
        return chosen;
    }

    private async Task ResumeAsync(Trainer trainer, RunFolder folder, CancellationToken cancellationToken)
    {
        LoadedCheckpoint loaded = await folder.Checkpoints().LoadLatestAsync(cancellationToken);
        foreach (string sentence in loaded.Skipped) report.Note(sentence);
        await GivenWeights.NameSourceAsync($"checkpoint {loaded.Directory}", () => trainer.ResumeAsync(loaded.Checkpoint, cancellationToken));
    }

    // A run that was killed between its last checkpoint and its summary still owes the summary.
    private static bool IsComplete(RunFolder folder, Trainer trainer) =>
        trainer.StepsTaken > trainer.TotalSteps || ((trainer.StepsTaken == trainer.TotalSteps || trainer.HasStoppedEarly) && folder.SummarizedStep() == trainer.StepsTaken);

    private static string NothingLeft(RunFolder folder, Trainer trainer, TrainingSettings training)
    {
        string setting = trainer.HasStoppedEarly ? "training.earlyStopping.patience" : training.Steps is null ? "training.epochs" : "training.steps";
        string why = trainer.HasStoppedEarly ? " and stopped early"
            : trainer.StepsTaken > trainer.TotalSteps ? $" already, more than the {Counted.Of(trainer.TotalSteps, "step")} asked for"
            : " already";
        return $"The run {folder.FullPath} has taken {Counted.Of(trainer.StepsTaken, "step")}{why}, so nothing is left to train; {setting} would have to be raised.";
    }

    private RunFolder FolderOf(RunFile run, bool resume)
    {
        if (resume) return RunFolder.Resume(runs, run.Name);
        RunFolder folder = RunFolder.New(runs, run.Name);
        if (folder.Name != run.Name) report.Note($"{Path.Combine(runs, run.Name)} exists already; this run is called {folder.Name}.");
        return folder;
    }

    private int Interrupted(RunSummary summary, string next)
    {
        environment.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Interrupted after step {summary.Steps}; the checkpoint is saved, {next}."));
        return ExitCode.Interrupted;
    }

    private static RunStart StartOf(RunFolder folder, Pipeline pipeline)
    {
        PipelineOptions options = pipeline.Options;
        long parameters = options.Layers.Sum(layer => layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount));
        int stages = pipeline.StageBoundaries.Count;
        string devices = string.Join(", ", options.Devices.Select(device => device.Name).Distinct());
        string split = string.Create(CultureInfo.InvariantCulture,
            $"{Counted.Of(stages, "stage")}{(stages == options.Stages ? "" : $" on {Counted.Of(options.Stages, "device")}")}, {Counted.Of(options.MicroBatches, "micro-batch", "es")}, {options.Schedule}, {Counted.Of(options.ThreadsPerStage, "thread")} a {(stages == options.Stages ? "stage" : "device")} on {devices}{(pipeline.Staleness == 0 ? "" : $"; asynchronous: weights {Counted.Of(pipeline.Staleness, "step")} old")}");
        return new RunStart(folder.Name, folder.FullPath, ModelDescription.Of(options), parameters, split);
    }

    private sealed class Observers(params ITrainingObserver[] observers) : ITrainingObserver
    {
        public void Started(TrainingPlan plan) => Array.ForEach(observers, observer => observer.Started(plan));

        public void StepEnded(StepResult step, long epoch) => Array.ForEach(observers, observer => observer.StepEnded(step, epoch));

        public void Evaluated(TrainingEvaluation evaluation) => Array.ForEach(observers, observer => observer.Evaluated(evaluation));

        public void CheckpointSaved(long step, string directory) => Array.ForEach(observers, observer => observer.CheckpointSaved(step, directory));
    }
}
