using PipelineBackprop.Cli.Output;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

/// <summary>How a person reads numbers.</summary>
public sealed class NumbersTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.005661, "0.005661")]
    [InlineData(98.9, "98.90")]
    [InlineData(-123456.4, "-123456")]
    [InlineData(1234567, "1.235e+06")]
    [InlineData(0.00001234, "1.234e-05")]
    [InlineData(double.NaN, "NaN")]
    public void Loss_HasFourDigits(double value, string text) => Assert.Equal(text, Numbers.Loss(value));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(1_625_293, "1.55 MiB")]
    [InlineData(long.MaxValue, "8388608.00 TiB")]
    public void Bytes_AreInUnitsOf1024(long bytes, string text) => Assert.Equal(text, Numbers.Bytes(bytes));

    [Theory]
    [InlineData(0.0000123, "12.3 µs")]
    [InlineData(0.00123, "1.23 ms")]
    [InlineData(0.123, "123 ms")]
    [InlineData(1.234, "1.23 s")]
    [InlineData(99.94, "99.9 s")]
    [InlineData(123, "2:03 min")]
    [InlineData(3600, "1:00:00 h")]
    [InlineData(93_784, "26:03:04 h")]
    public void Time_IsInItsUnit(double seconds, string text) => Assert.Equal(text, Numbers.Time(seconds));
}
