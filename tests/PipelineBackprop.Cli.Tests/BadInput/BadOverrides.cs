using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>Overrides of the command line that name no setting or give it no good value.</summary>
public sealed class BadOverrides
{
    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["unknown setting"] = Set("optimizer.learnRate=0.1", "--set optimizer.learnRate=0.1", "'optimizer.learnRate'", "did you mean 'learningRate'?"),
        ["unknown section"] = Set("optimiser.learningRate=0.1", "'optimiser'", "did you mean 'optimizer'?"),
        ["no equals sign"] = Set("optimizer.learningRate", "--set optimizer.learningRate", "setting=value"),
        ["nothing before the equals sign"] = Set("=0.1", "--set =0.1", "setting=value"),
        ["an empty part of the path"] = Set("optimizer..learningRate=0.1", "--set optimizer..learningRate=0.1", "setting=value"),
        ["nothing after the equals sign"] = Set("training.epochs=", "--set training.epochs=", "'training.epochs'", "a whole number"),
        ["a text for a number"] = Set("training.epochs=many", "--set training.epochs=many", "'training.epochs' is \"many\"", "a whole number"),
        ["a number for a text"] = Set("name=7", "'name' is 7", "a text"),
        ["out of range"] = Set("optimizer.momentum=1.5", "'optimizer.momentum' is 1.5", "below 1"),
        ["index out of range"] = Set("model.layers.2.outputs=4", "'model.layers' is a list of 2", "'2'", "0 to 1"),
        ["index that is no number"] = Set("model.layers.last.outputs=4", "'model.layers' is a list of 2", "'last'", "0 to 1"),
        ["a setting inside a number"] = Set("training.epochs.first=4", "--set training.epochs.first=4: 'training.epochs'", "a whole number"),
        ["an index in brackets"] = Set("model.layers[0].outputs=4", "--set model.layers[0].outputs=4", "did you mean 'model.layers.0.outputs'?"),
        ["a value of two lines"] = Set("name=a\nb", "'name'", "letters"),
        ["a bad name by --name"] = new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--name", "a/b"), "'name' is \"a/b\"", "letters"),
        ["an empty folder"] = new(work => work.Train(work.Write("run.json", RunFiles.Numbers.Replace("\"linear\", \"inputs\": 4, \"trainCount\"", "\"idx\", \"trainCount\"", StringComparison.Ordinal)), "--set", "data.directory=\"\""), "'data.directory' is empty"),
        ["--data-dir for data that has no folder"] = new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--data-dir", "data"), "'data.directory'", "linear"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Train_BadOverride_IsRefusedInOneSentence(string name) => s_cases[name].ProveAsync();

    [Fact]
    public Task ConfigValidate_BadOverride_IsRefusedInOneSentence() =>
        new BadCase(work => ["config", "validate", work.Write("run.json", RunFiles.Numbers), "--set", "seed=-1"], "--set seed=-1", "at least 0").ProveAsync();

    [Fact]
    public Task ConfigShow_BadOverride_IsRefusedInOneSentence() =>
        new BadCase(work => ["config", "show", work.Write("run.json", RunFiles.Numbers), "--set", "pipeline.stages=9"], "'pipeline.stages' is 9", "2 layers").ProveAsync();

    [Fact]
    public Task GradCheck_BadOverride_IsRefusedInOneSentence() =>
        new BadCase(work => ["gradcheck", work.Write("run.json", RunFiles.Numbers), "--set", "model.loss=hubert"], "\"hubert\"", "did you mean \"huber\"?").ProveAsync();

    private static BadCase Set(string assignment, params string[] says) =>
        new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--set", assignment, "--json"), says);
}
