using System.Numerics;
using PipelineBackprop.Compute.Cpu;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Cpu;

/// <summary>Ranges that end with the largest number of an item; only theirs are in memory.</summary>
public sealed unsafe class RangeEndTests
{
    private const int Count = 5, Start = int.MaxValue - Count;

    [Fact]
    public void HuberTangent_OfTheLastItems_DoesThemAndNoOthers()
    {
        float* o = stackalloc float[] { 0, 1, 2, 3, 4 }, y = stackalloc float[] { 0, 1, 2, 3, 9 }, ro = stackalloc float[] { 1, 2, 3, 4, 5 };
        float* result = stackalloc float[Count];
        new HuberTangentKernel<float>(1, o - Start, y - Start, ro - Start, 2, result - Start).Execute(Start, Count);
        Assert.Equal([2, 4, 6, 8, 0], new ReadOnlySpan<float>(result, Count).ToArray());
    }

    [Fact]
    public void SlopeTangent_OfTheLastItems_DoesThemAndNoOthers()
    {
        float* x = stackalloc float[] { 1, 2, 3, 4, 5 }, result = stackalloc float[Count], place = x - Start;
        new SlopeTangentKernel<float, HalfSquare>(default, place, place, place, place, result - Start).Execute(Start, Count);
        Assert.Equal([2, 8, 18, 32, 50], new ReadOnlySpan<float>(result, Count).ToArray());
    }

    private readonly struct HalfSquare : ISlope<float>
    {
        public Vector<float> Invoke(Vector<float> saved, out Vector<float> derivative)
        {
            derivative = Vector<float>.One;
            return saved;
        }
    }
}
