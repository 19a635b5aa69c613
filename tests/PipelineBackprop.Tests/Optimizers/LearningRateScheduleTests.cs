using PipelineBackprop.Optimizers;
using Xunit;

namespace PipelineBackprop.Tests.Optimizers;

public sealed class LearningRateScheduleTests
{
    /// <summary>Schedule, total steps, factors by hand.</summary>
    public static TheoryData<LearningRateSchedule, int, double[]> Factors => new()
    {
        { new ConstantSchedule(), 3, [1, 1, 1, 1] },
        { new ConstantSchedule(4), 6, [0.25, 0.5, 0.75, 1, 1, 1] },
        { new StepSchedule(2, 0.5), 6, [1, 1, 0.5, 0.5, 0.25, 0.25] },
        { new StepSchedule(2, 0.5, 2), 6, [0.5, 1, 1, 1, 0.5, 0.5, 0.25] },
        { new LinearSchedule(), 4, [1, 0.75, 0.5, 0.25, 0, 0] },
        { new LinearSchedule(0.2), 4, [1, 0.8, 0.6, 0.4, 0.2, 0.2] },
        { new LinearSchedule(0, 2), 6, [0.5, 1, 1, 0.75, 0.5, 0.25, 0] },
        { new CosineSchedule(), 4, [1, (2 + 1.4142135623730951) / 4, 0.5, (2 - 1.4142135623730951) / 4, 0, 0] },
        { new CosineSchedule(0.5), 2, [1, 0.75, 0.5] },
        // PyTorch's OneCycleLR(max_lr=1, total_steps=10): up to step 2, down to step 9.
        {
            new OneCycleSchedule(), 10,
            [
                0.04, 0.52, 1, 0.9504846320134737, 0.8117456539497631, 0.6112620219362893, 0.3887419780637107, 0.1882583460502369,
                0.04951936798652649, 0.000004, 0.000004,
            ]
        },
        // Too short for a rise: only the fall.
        { new OneCycleSchedule(), 3, [1, 0.500002, 0.000004] },
        { new OneCycleSchedule(), 1, [1] },
        { new OneCycleSchedule(0.3, 2), 12, [0.02, 0.04, 0.04, 0.52, 1] },
    };

    [Theory]
    [MemberData(nameof(Factors))]
    public void Factor_OfEachStep_IsTheOneWorkedOutByHand(LearningRateSchedule schedule, int total, double[] factors)
    {
        for (int step = 0; step < factors.Length; step++)
        {
            Assert.Equal(factors[step], schedule.Factor(step, total), 1e-12);
            Assert.Equal(0.2 * factors[step], schedule.Rate(0.2, step, total), 1e-12);
        }
    }

    [Fact]
    public void Factor_OfRunsOfAnyLength_StaysWithinZeroAndOne()
    {
        foreach (var kind in LearningRateScheduleRegistry.Kinds)
        {
            foreach (int warmup in (int[])[0, 1, 7])
            {
                LearningRateSchedule schedule = kind.Create(new() { WarmupSteps = warmup, Every = kind.Name == "step" ? 3 : null });
                Assert.Equal(kind.Name, schedule.Kind);
                for (int total = 1; total <= 12; total++)
                    for (int step = 0; step < total + 3; step++) Assert.InRange(schedule.Factor(step, total), 0, 1);
            }
        }
    }

    public static TheoryData<string, LearningRateScheduleSettings, string> Bad => new()
    {
        { "cosin", LearningRateScheduleSettings.None, "There is no learning-rate schedule \"cosin\"; did you mean \"cosine\"?" },
        { "step", LearningRateScheduleSettings.None, "A learning-rate schedule of kind step needs the setting \"every\", which is missing." },
        { "step", new() { Every = 0 }, "The setting \"every\" is 0; it must be at least 1." },
        { "step", new() { Every = 1, Gamma = 0 }, "The setting \"gamma\" is 0; it must be above 0 and at most 1." },
        { "linear", new() { Floor = 1.5 }, "The setting \"floor\" is 1.5; it must be from 0 to 1." },
        { "oneCycle", new() { Rise = 1 }, "The setting \"rise\" is 1; it must be above 0 and below 1." },
        { "constant", new() { WarmupSteps = -1 }, "The setting \"warmupSteps\" is -1; it must be at least 0." },
        { "constant", new() { Floor = 0 }, "The setting \"floor\" does not belong to a learning-rate schedule of kind constant, which has warmupSteps." },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Create_OfBadInput_SaysInOneSentenceWhatWouldBeRight(string kind, LearningRateScheduleSettings settings, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => LearningRateScheduleRegistry.Create(kind, settings)).Message);
}
