using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class SyntheticRegressionTests
{
    [Fact]
    public void Generate_gives_the_sizes_of_the_chapter_and_repeats_itself()
    {
        DatasetPair a = SyntheticRegression.Generate(3), b = SyntheticRegression.Generate(3), other = SyntheticRegression.Generate(4);

        Assert.Equal((200, 20, 100, 1, 0), (a.Train.InputWidth, a.Train.Count, a.Test.Count, a.Train.TargetWidth, a.Train.ClassCount));
        Assert.Equal(a.Train.Inputs.ToArray(), b.Train.Inputs.ToArray());
        Assert.Equal(a.Test.Targets.ToArray(), b.Test.Targets.ToArray());
        Assert.NotEqual(a.Train.Inputs.ToArray(), other.Train.Inputs.ToArray());
        Assert.NotEqual(a.Train.Row(0).ToArray(), a.Test.Row(0).ToArray());
    }

    [Fact]
    public void Generate_follows_the_formula()
    {
        Dataset data = SyntheticRegression.Generate(1, 50, 2000, 1).Train;
        double noise = 0, squared = 0, inputs = 0, inputsSquared = 0;
        for (int i = 0; i < data.Count; i++)
        {
            double y = 0.05;
            foreach (float x in data.Row(i))
            {
                y += 0.01 * x;
                inputs += x;
                inputsSquared += (double)x * x;
            }
            double residual = data.TargetRow(i)[0] - y;
            noise += residual;
            squared += residual * residual;
        }
        Assert.InRange(noise / data.Count, -0.001, 0.001);
        Assert.InRange(Math.Sqrt(squared / data.Count), 0.0094, 0.0106);
        Assert.InRange(inputs / (50.0 * data.Count), -0.015, 0.015);
        Assert.InRange(inputsSquared / (50.0 * data.Count), 0.97, 1.03);
    }

    [Fact]
    public void Generate_of_more_examples_begins_with_the_fewer() =>
        Assert.Equal(SyntheticRegression.Generate(1, 10, 5, 1).Train.Inputs.ToArray(), SyntheticRegression.Generate(1, 10, 9, 1).Train.Slice(0, 5).Inputs.ToArray());
}
