using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Data;
using PipelineBackprop.Inference;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Training;
using Xunit;
using ElementType = PipelineBackprop.Tensors.ElementType;

namespace PipelineBackprop.Tests.Training;

/// <summary>A pipeline in float64 is captured, saved, resumed and restored bit for bit; between the formats numbers are rounded to nearest or refused.</summary>
public sealed class Float64StateTests
{
    private const int Inputs = 5, Classes = 3, Steps = 9;

    private static readonly Dataset s_train = new(
        "drawn", Inputs, Trial.Gaussians(1, 20 * Inputs), 1, Trial.Classes(1, 20, Classes).Select(index => (float)index).ToArray(), Classes);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1f1b")]
    [InlineData("pipedream-2bw")]
    public async Task Resume_Float64_EndsBitEqual(string schedule)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("float64");
        try
        {
            IReadOnlyList<ParameterValues> expected = await TrainAsync(schedule, Steps, null, null);
            var store = new CheckpointStore(folder.FullName);
            await TrainAsync(schedule, 4, store, null);
            IReadOnlyList<ParameterValues> resumed = await TrainAsync(schedule, Steps, null, (await store.LoadLatestAsync(Token)).Checkpoint);
            Assert.All(expected.Zip(resumed), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Restore_Float64_BringsBackWhatFloat32CannotHold()
    {
        await using Pipeline pipeline = await CreateAsync(ElementType.Float64);
        ParameterValues bias = (await pipeline.ReadParametersAsync(Token)).Single(parameter => parameter.Name == "layers.1.bias") with { Values = [1e300, 0.1, -0.0] };
        await pipeline.WriteParametersAsync([bias], Token);
        PipelineState state = await pipeline.CaptureAsync(Token);
        await pipeline.WriteParametersAsync([bias with { Values = new double[Classes] }], Token);
        await pipeline.RestoreAsync(state, Token);
        Assert.Equal(bias.Values, (await pipeline.ReadParametersAsync(Token)).Single(parameter => parameter.Name == bias.Name).Values);

        await using Pipeline single = await CreateAsync(ElementType.Float32);
        PipelineState before = await single.CaptureAsync(Token);
        const string Sentence = "layers.1.bias holds 1E+300 at index 0, which is beyond the range of float32.";
        Assert.Equal(Sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => single.RestoreAsync(state, Token))).Message);
        Assert.Equal(Sentence, (await Assert.ThrowsAsync<InvalidInputException>(() => single.LoadParametersAsync(state.Parameters, Token))).Message);
        Assert.Equal(Sentence, Assert.Throws<InvalidInputException>(() => Predictor.Create(single.Options.Layers, state.Parameters)).Message);
        Trial.AssertBitEqual(before, await single.CaptureAsync(Token));
    }

    [Fact]
    public async Task Restore_OfTheOtherFormat_RoundsToNearestAndWidensExactly()
    {
        await using Pipeline wide = await CreateAsync(ElementType.Float64), narrow = await CreateAsync(ElementType.Float32);
        await wide.TrainStepAsync(Trial.Classified(2, 8, Inputs, Classes), Token);
        PipelineState state = await wide.CaptureAsync(Token);
        Assert.All(state.Parameters.Concat(state.OptimizerState), tensor => Assert.Equal(ElementType.Float64, tensor.ElementType));

        await narrow.RestoreAsync(state, Token);
        PipelineState rounded = await narrow.CaptureAsync(Token);
        Assert.All(rounded.Parameters.Concat(rounded.OptimizerState), tensor => Assert.Equal(ElementType.Float32, tensor.ElementType));
        foreach ((NamedTensor exact, NamedTensor near) in state.OptimizerState.Zip(rounded.OptimizerState))
            Assert.Equal(exact.ToFloat64().ToArray().Select(number => (float)number), near.Data.ToArray());

        await wide.RestoreAsync(rounded, Token);
        Assert.All(
            rounded.Parameters.Zip((await wide.CaptureAsync(Token)).Parameters), pair => Assert.Equal(pair.First.ToFloat64().ToArray(), pair.Second.ToFloat64().ToArray()));
    }

    [Fact]
    public async Task Predictor_OfAFloat64Checkpoint_HasThePipelinesBits()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("float64");
        try
        {
            await using Pipeline pipeline = await CreateAsync(ElementType.Float64);
            ParameterValues bias = (await pipeline.ReadParametersAsync(Token)).Single(parameter => parameter.Name == "layers.1.bias");
            await pipeline.WriteParametersAsync([bias with { Values = [1 / 3.0, 1e-9, 1e30] }], Token);
            PipelineState state = await pipeline.CaptureAsync(Token);
            string directory = await new CheckpointStore(folder.FullName).SaveAsync(new Checkpoint { Step = 0, Parameters = state.Parameters }, Token);
            LoadedCheckpoint loaded = await CheckpointStore.LoadAsync(directory, Token);
            Trial.AssertBitEqual(state with { OptimizerState = [] }, new PipelineState(0, loaded.Checkpoint.Parameters, []));
            using Predictor predictor = await Predictor.LoadAsync(
                pipeline.Options.Layers, directory, new PredictorOptions { ElementType = ElementType.Float64 }, Token);
            float[] inputs = Trial.Gaussians(9, 4 * Inputs);
            Assert.Equal(await pipeline.PredictAsync(inputs, 4, Token), predictor.Predict(inputs, Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<ParameterValues>> TrainAsync(string schedule, int steps, CheckpointStore? store, Checkpoint? resume)
    {
        await using Pipeline pipeline = await CreateAsync(ElementType.Float64, schedule);
        var trainer = new Trainer(pipeline, new TrainerOptions { BatchSize = 4, Steps = steps, Checkpoints = store }, s_train, null);
        if (resume is not null) await trainer.ResumeAsync(resume, Token);
        await trainer.RunAsync(null, Token, Token);
        return await pipeline.ReadParametersAsync(Token);
    }

    private static Task<Pipeline> CreateAsync(ElementType format, string schedule = "1f1b") =>
        new PipelineBuilder(Inputs).Dense(4, Activation.Tanh).Dense(Classes).Stages(2).MicroBatches(2).Optimizer(new SgdOptimizer(0.05, momentum: 0.9)).Seed(7)
            .With(options => options with { ElementType = format, Schedule = schedule }).BuildAsync(Token);
}
