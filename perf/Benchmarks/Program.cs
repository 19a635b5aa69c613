using PipelineBackprop.Benchmarks;
using PipelineBackprop.Benchmarks.Scoreboard;

return args is ["scoreboard", .. string[] words] ? await ScoreboardProgram.RunAsync(words) : BenchmarkProgram.Run(args);
