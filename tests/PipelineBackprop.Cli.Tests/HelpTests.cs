using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class HelpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("train")]
    [InlineData("eval")]
    [InlineData("predict")]
    [InlineData("gradcheck")]
    [InlineData("hessian")]
    [InlineData("data")]
    [InlineData("graph")]
    [InlineData("plan")]
    [InlineData("timeline")]
    [InlineData("data show")]
    [InlineData("data get")]
    [InlineData("data info")]
    [InlineData("config")]
    [InlineData("config show")]
    [InlineData("config validate")]
    [InlineData("config schema")]
    [InlineData("schedule list")]
    [InlineData("schedule show")]
    [InlineData("schedule export")]
    [InlineData("schedule import")]
    [InlineData("schedule optimise")]
    public async Task Help_EveryCommand_ShowsUsageAndExamples(string command)
    {
        CliRun run = await CliRun.OfAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains($"Usage:\n  pipelinebackprop{(command.Length == 0 ? "" : " " + command)} ", run.Output, StringComparison.Ordinal);
        Assert.Contains($"Examples:\n  pipelinebackprop {command}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoArguments_ShowsHelp()
    {
        CliRun run = await CliRun.OfAsync();

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Equal((await CliRun.OfAsync("--help")).Output, run.Output);
    }

    [Theory]
    [InlineData("trian", "'pipelinebackprop' has no command 'trian'; did you mean train?")]
    [InlineData("data shwo", "'pipelinebackprop data' has no command 'shwo'; did you mean show?")]
    [InlineData("train a.json --resum", "'pipelinebackprop train' has no option '--resum'; did you mean --resume?")]
    [InlineData("train a.json b.json", "'pipelinebackprop train' has no argument 'b.json'; see pipelinebackprop train --help.")]
    [InlineData("train", "Required argument 'RUNFILE' missing for command: 'train'; see pipelinebackprop train --help.")]
    [InlineData("data", "Required command was not provided; see pipelinebackprop data --help.")]
    [InlineData("train a.json --set", "Required argument missing for option: '--set'; see pipelinebackprop train --help.")]
    public async Task BadCommandLine_OneSentenceAndCodeTwo(string arguments, string sentence)
    {
        CliRun run = await CliRun.OfAsync(arguments.Split(' '));

        Assert.Equal(new CliRun(ExitCode.BadInput, "", sentence + "\n"), run);
    }
}
