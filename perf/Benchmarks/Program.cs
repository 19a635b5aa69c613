using PipelineBackprop.Benchmarks;
using PipelineBackprop.Benchmarks.Operations;
using PipelineBackprop.Benchmarks.Scoreboard;
using PipelineBackprop.Benchmarks.Turns;

return args switch
{
    ["scoreboard", .. string[] words] => await ScoreboardProgram.RunAsync(words),
    ["turns", .. string[] words] => await TurnsProgram.RunAsync(words),
    ["operations", .. string[] words] => OperationsProgram.Run(words),
    _ => BenchmarkProgram.Run(args),
};
