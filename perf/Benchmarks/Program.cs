using PipelineBackprop.Benchmarks;

return BenchmarkProgram.Run(args);
