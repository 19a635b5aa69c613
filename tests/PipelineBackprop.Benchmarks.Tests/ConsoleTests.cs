using Xunit;

namespace PipelineBackprop.Benchmarks.Tests;

/// <summary>Tests that take the console for themselves: one at a time, with no other beside it.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class ConsoleTests;
