using System.Globalization;
using System.Text.RegularExpressions;
using PipelineBackprop.Data;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>What must hold between the settings of a run file, beyond each one's own range.</summary>
internal static partial class RunFileRules
{
    public static void Check(RunFile run, SettingsNode root)
    {
        Require(ProperName().IsMatch(run.Name), root, "name", $"'name' is \"{run.Name}\", but must be 1 to 100 letters, digits, '.', '_' or '-', not starting with '.'");
        CheckData(run.Data, root);
        Require(run.Model.Layers.Count > 0, root, "model.layers", "'model.layers' is empty, but a network needs at least one layer");
        CheckOptimizer(run.Optimizer, root);
        CheckPipeline(run, root);
        CheckTraining(run, root);
        if (run.Compare is { } compare) CheckCompare(run, compare, root);
    }

    private static void CheckData(DataSettings data, SettingsNode root)
    {
        if (data is IdxDataSettings idx)
        {
            Require(idx.Directory.Length > 0, root, "data.directory", "'data.directory' is empty, but must name a folder");
            RequirePath(idx.Directory, root, "data.directory");
        }
        if (data is LinearDataSettings linear)
        {
            int most = Math.Max(linear.TrainCount, linear.TestCount);
            Require((long)linear.Inputs * most <= Array.MaxLength, root, "data.inputs",
                Invariant($"'data.inputs' is {linear.Inputs}, but {most} examples of as many are more than the {Array.MaxLength} numbers that data can hold"));
        }
        if (data is not CsvDataSettings csv) return;
        Require(csv.File.Length > 0, root, "data.file", "'data.file' is empty, but must name a file");
        Require(csv.TestFile is not "", root, "data.testFile", "'data.testFile' is empty, but must name a file or be null");
        RequirePath(csv.File, root, "data.file");
        RequirePath(csv.TestFile, root, "data.testFile");
        Require(CsvOptionsCheck.IsDelimiter(csv.Delimiter), root, "data.delimiter", $"'data.delimiter' is {CsvFault.Quote(csv.Delimiter)}, but must be {CsvOptionsCheck.Delimiter}{(csv.Delimiter == @"\t" ? ", which is written \"\\t\" with these quotes" : "")}");
    }

    private static void CheckOptimizer(OptimizerSettings optimizer, SettingsNode root)
    {
        if (optimizer is SgdOptimizerSettings { Nesterov: true } sgd)
            Require(sgd.Momentum > 0, root, "optimizer.nesterov", "'optimizer.nesterov' is true, but needs 'optimizer.momentum' above 0, found 0");
        if (optimizer is AdamWOptimizerSettings adam)
        {
            Require(adam.WeightDecay.Mode == WeightDecayMode.Decoupled, root, "optimizer.weightDecay.mode",
                "'optimizer.weightDecay.mode' is \"coupled\", but adamw decouples weight decay; use the optimizer adam for coupled decay");
        }
    }

    private static void CheckPipeline(RunFile run, SettingsNode root)
    {
        PipelineSettings pipeline = run.Pipeline;
        int layers = run.Model.Layers.Count;
        RequirePath(pipeline.Schedule, root, "pipeline.schedule");
        Require(pipeline.Stages <= layers, root, "pipeline.stages",
            Invariant($"'pipeline.stages' is {pipeline.Stages}, but the network has {layers} {(layers == 1 ? "layer" : "layers")} and every stage needs at least one"));
        if (pipeline.IsAutomatic)
        {
            Require(pipeline.Boundaries is null, root, "pipeline.boundaries", "'pipeline.boundaries' is given, but 'pipeline.stages' is \"auto\", which chooses them");
            Require(pipeline.Devices.Count <= layers, root, "pipeline.devices",
                Invariant($"'pipeline.devices' names {pipeline.Devices.Count} devices, but the network has {layers} {(layers == 1 ? "layer" : "layers")} and every stage needs at least one"));
        }
        int? stages = StageCount(pipeline, layers, root);
        if (pipeline.Boundaries is { } boundaries)
        {
            Require(stages is null || boundaries.Count == stages - 1, root, "pipeline.boundaries",
                Invariant($"'pipeline.boundaries' names {boundaries.Count} layers, but must name one less than the {stages} {(stages == pipeline.Stages ? "of 'pipeline.stages'" : $"stages of {pipeline.Schedule}")}"));
            for (int i = 0; i < boundaries.Count; i++)
            {
                int least = i == 0 ? 1 : boundaries[i - 1] + 1;
                Require(boundaries[i] >= least && boundaries[i] < layers, root, $"pipeline.boundaries.{i}",
                    Invariant($"'pipeline.boundaries.{i}' is {boundaries[i]}, but boundaries must ascend and this one lie from {least} to {layers - 1}"));
            }
        }
        Require(pipeline.IsAutomatic || pipeline.Devices.Count == 1 || pipeline.Devices.Count == pipeline.Stages, root, "pipeline.devices",
            Invariant($"'pipeline.devices' names {pipeline.Devices.Count} devices, but must name one, or one for each of the {pipeline.Stages} stages"));
        Require(pipeline.IsAutomatic ? pipeline.Recomputation.Count == 1 : pipeline.Recomputation.Count == 1 || stages is null || pipeline.Recomputation.Count == stages, root, "pipeline.recomputation",
            Invariant($"'pipeline.recomputation' has {pipeline.Recomputation.Count} values, but must have one{(pipeline.IsAutomatic ? " where 'pipeline.stages' is \"auto\"" : Invariant($", or one for each of the {stages} stages"))}"));
        int unnamed = pipeline.Devices.ToList().FindIndex(string.IsNullOrWhiteSpace);
        Require(unnamed < 0, root, $"pipeline.devices.{unnamed}", Invariant($"'pipeline.devices.{unnamed}' is empty, but must name a device such as cpu"));
        Require(pipeline.MicroBatches <= run.Training.BatchSize, root, "pipeline.microBatches",
            Invariant($"'pipeline.microBatches' is {pipeline.MicroBatches}, but a minibatch of {run.Training.BatchSize} examples cannot be cut into more parts than that"));
    }

    /// <summary>How many stages there are in all; null where a schedule file has to say, or there is nothing to count yet.</summary>
    private static int? StageCount(PipelineSettings pipeline, int layers, SettingsNode root)
    {
        if (pipeline.IsAutomatic || !ScheduleCatalog.TryGet(pipeline.Schedule, out IScheduleGenerator? generator)) return null;
        int chunks = pipeline.Chunks ?? generator.Chunks.Default;
        Require(generator.Chunks.Contains(chunks), root, "pipeline.chunks", Invariant($"'pipeline.chunks' is {chunks}, but {generator.Name} has {generator.Chunks} on each device"));
        Require((long)pipeline.Stages * chunks <= layers, root, "pipeline.schedule",
            Invariant($"'pipeline.schedule' is {generator.Name} with {chunks} stages on each of {pipeline.Stages} devices, but the network has {layers} {(layers == 1 ? "layer" : "layers")} and every stage needs at least one"));
        return pipeline.Stages * chunks;
    }

    private static void CheckTraining(RunFile run, SettingsNode root)
    {
        if (run.Training.EarlyStopping is not { } early) return;
        Require(run.Training.EvaluateEverySteps is not null || run.Training.EvaluateEveryEpochs is not null, root, "training.earlyStopping",
            "'training.earlyStopping' needs evaluations, but 'training.evaluateEverySteps' and 'training.evaluateEveryEpochs' are both null");
        bool classes = run.Data is not (LinearDataSettings or CsvDataSettings { Task: CsvTask.Regression });
        Require(early.Metric != EarlyStoppingMetric.TestAccuracy || classes, root, "training.earlyStopping.metric",
            "'training.earlyStopping.metric' is \"testAccuracy\", but the data has no classes; use testLoss");
    }

    private static void CheckCompare(RunFile run, CompareSettings compare, SettingsNode root)
    {
        Require(compare.Values.Count > 0, root, "compare.values", "'compare.values' is empty, but must hold at least one value to compare");
        Require(!compare.Setting.StartsWith("compare", StringComparison.Ordinal), root, "compare.setting", "'compare.setting' must name a setting outside 'compare'");
        for (int i = 0; i < compare.Values.Count; i++) run.Variant(i, root.Nearest($"compare.values.{i}").Origin);
    }

    private static void RequirePath(string? path, SettingsNode root, string setting) =>
        Require(path?.Contains('\0') != true, root, setting, $"'{setting}' is {CsvFault.Quote(path ?? "")}, where ? stands for a NUL, which no file name holds");

    private static void Require(bool holds, SettingsNode root, string path, string sentence)
    {
        if (!holds) throw root.Nearest(path).Fault(sentence + ".");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\\z")]
    private static partial Regex ProperName();
}
