namespace PipelineBackprop.Tests.Golden;

public sealed class OneHiddenLayerTests : Testing.Golden.OneHiddenLayerTests;
