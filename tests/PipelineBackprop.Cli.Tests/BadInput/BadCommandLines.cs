using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>Commands, options and arguments that do not exist, are missing, or have a value that cannot be.</summary>
public sealed class BadCommandLines
{
    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["unknown command"] = Line(["trian", "run.json"], "'trian'", "did you mean train?"),
        ["unknown command, nothing near"] = Line(["zzz"], "'zzz'", "--help"),
        ["unknown command of data"] = Line(["data", "shwo"], "'pipelinebackprop data'", "'shwo'", "did you mean show?"),
        ["no command of config"] = Line(["config"], "pipelinebackprop config --help"),
        ["unknown option"] = Line(["train", "run.json", "--resum"], "'pipelinebackprop train'", "'--resum'", "did you mean --resume?"),
        ["unknown option of eval"] = Line(["eval", "run", "--jsn"], "'--jsn'", "did you mean --json?"),
        ["unknown option before the run file"] = Line(["train", "--nmae", "run.json"], "'pipelinebackprop train'", "option '--nmae'", "did you mean --name?"),
        ["unknown option instead of a run file"] = Line(["train", "--nmae"], "option '--nmae'", "did you mean --name?"),
        ["missing run file"] = Line(["train"], "RUNFILE", "pipelinebackprop train --help"),
        ["missing name of a data set"] = Line(["data", "get"], "NAME", "pipelinebackprop data get --help"),
        ["missing value of an option"] = Line(["train", "run.json", "--init"], "--init", "pipelinebackprop train --help"),
        ["one argument too many"] = Line(["train", "run.json", "more.json"], "'more.json'", "argument"),
        ["an option twice"] = Line(["train", "run.json", "--name", "a", "--name", "b"], "--name", "pipelinebackprop train --help"),
        ["a text for a count"] = Line(["data", "show", "--count", "many"], "--count", "'many'", "whole number"),
        ["a text for true or false"] = Line(["train", "run.json", "--json=maybe"], "maybe"),
        ["gradcheck of no examples"] = Line(["gradcheck", "run.json", "--examples", "0"], "--examples is 0", "1 to 1024"),
        ["gradcheck of no entries"] = Line(["gradcheck", "run.json", "--entries", "-3"], "--entries is -3", "at least 1"),
        ["gradcheck with a tolerance of 0"] = Line(["gradcheck", "run.json", "--tolerance", "0"], "--tolerance is 0", "above 0"),
        ["gradcheck with a tolerance that is a text"] = Line(["gradcheck", "run.json", "--tolerance", "tiny"], "--tolerance", "'tiny'", "number"),
        ["hessian of no eigenvalues"] = Line(["hessian", "run.json", "--eigenvalues", "0"], "--eigenvalues is 0", "at least 1"),
        ["hessian of fewer steps than eigenvalues"] = Line(["hessian", "run.json", "--eigenvalues", "5", "--steps", "4"], "--steps is 4", "at least the 5 of --eigenvalues"),
        ["hessian of no steps"] = Line(["hessian", "run.json", "--eigenvalues", "1", "--steps", "0"], "--steps is 0", "at least 1"),
        ["hessian of fewer than no probes"] = Line(["hessian", "run.json", "--probes", "-1"], "--probes is -1", "at least 0"),
        ["hessian of no examples"] = Line(["hessian", "run.json", "--examples", "0"], "--examples is 0", "at least 1"),
        ["a text for a count that may be left out"] = Line(["plan", "run.json", "--devices", "many"], "--devices", "'many'", "as a whole number"),
        ["a text for a number that may be left out"] = Line(["schedule", "optimise", "--stages", "2", "--microbatches", "2", "--memory", "lots"], "--memory", "'lots'", "as a number"),
        ["a text for one of many counts"] = Line(["train", "run.json", "--timeline-step", "first"], "--timeline-step", "'first'", "as a whole number"),
        ["a text for a choice"] = Line(["schedule", "optimise", "--stages", "2", "--microbatches", "2", "--objective", "bubble"], "--objective", "'bubble'", "as barrier or span"),
        ["an empty run file name"] = Line(["train", ""], "RUNFILE is empty"),
        ["an empty name of a file of rows"] = Line(["predict", "run", ""], "FILE is empty"),
        ["an empty name of a folder"] = Line(["data", "get", "mnist", "--data-dir", ""], "--data-dir is empty"),
        ["an empty file of weights"] = Line(["train", "run.json", "--init="], "--init"),
        ["a file where the runs go"] = new(work => ["train", work.Write("run.json", RunFiles.Numbers), "--runs", work.Write("runs", "")], "runs"),
        ["a comparison and a file where the runs go"] = new(
            work => ["train", work.Write("run.json", RunFiles.Numbers.Replace("\"name\"", """ "compare": { "setting": "seed", "values": [1, 2] }, "name" """, StringComparison.Ordinal)), "--runs", work.Write("runs", "")], "runs"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Call_BadCommandLine_IsRefusedInOneSentence(string name) => s_cases[name].ProveAsync();

    private static BadCase Line(string[] arguments, params string[] says) => new(_ => arguments, says);
}
