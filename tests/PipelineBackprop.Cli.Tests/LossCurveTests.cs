using PipelineBackprop.Cli.Pictures;
using SkiaSharp;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class LossCurveTests : TemporaryFolder
{
    [Theory]
    [InlineData("\"NaN\"", "\"Infinity\"")]
    [InlineData("0", "1000")]
    [InlineData("0.001", "1000")]
    public void Write_LossesThatNoScaleHolds_DrawsTheOthers(string first, string second)
    {
        string metrics = Write("metrics.jsonl",
            $$"""
            {"event":"step","step":1,"loss":{{first}}}
            {"event":"step","step":2,"loss":{{second}}}
            {"event":"step","step":3,"loss":2}
            {"event":"evaluation","step":3,"testLoss":{{first}}}
            {"event":"evaluation","step":4,"testLoss":1}
            """);

        LossCurve.Write(metrics, At("curve.png"), "run");

        using SKBitmap curve = SKBitmap.Decode(At("curve.png"));
        Assert.True(curve.Pixels.Distinct().Count() > 10);
    }
}
