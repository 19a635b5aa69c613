using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;
using Xunit;

namespace PipelineBackprop.Tests.Training;

/// <summary>
/// The width of a machine's vectors leaves no trace in what is trained: the digests are the same with AVX-512, with AVX2 and with neither. What the system's
/// mathematical library or the framework's logarithm has a part in (normal initial weights, softplus, the loss itself) is left out.
/// </summary>
public sealed class AnyProcessorTests
{
    private const int Inputs = 21, Classes = 11, Examples = 37;

    [Theory]
    [InlineData(ElementType.Float32, "B6CF7D36C65C07E5")]
    [InlineData(ElementType.Float64, "80646464EB54CC16")]
    public async Task Parameters_AfterSeveralSteps_AreBitEqualOnEveryProcessor(ElementType elementType, string digest)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        var uniform = Initializer.XavierUniform;
        await using Pipeline pipeline = await new PipelineBuilder(Inputs)
            .Dense(67, new Activation(ActivationKind.Gelu), initializer: uniform).LayerNormalization()
            .Dense(70, new Activation(ActivationKind.Tanh), initializer: uniform).Dropout(0.2)
            .Dense(35, new Activation(ActivationKind.Silu), initializer: uniform)
            .Dense(19, Activation.Sigmoid, initializer: uniform)
            .Dense(33, Activation.Relu, initializer: uniform)
            .Dense(Classes, initializer: uniform)
            .Loss(new SoftmaxCrossEntropyLoss()).Optimizer(new AdamOptimizer(0.01)).WeightDecay(0.01)
            .Stages(2).MicroBatches(3).Seed(3).With(options => options with { ElementType = elementType })
            .BuildAsync(token);
        var random = new RandomStream(11, 0);
        for (int step = 0; step < 10; step++) await pipeline.TrainStepAsync(RandomMinibatch(random), token);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ParameterValues parameter in await pipeline.ReadParametersAsync(token)) hash.AppendData(MemoryMarshal.AsBytes(parameter.Values.AsSpan()));
        Assert.Equal(digest, Convert.ToHexString(hash.GetHashAndReset())[..16]);
    }

    private static Minibatch RandomMinibatch(RandomStream random)
    {
        var inputs = new float[Examples * Inputs];
        var classes = new int[Examples];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = (float)(4 * random.NextDouble() - 2);
        for (int i = 0; i < classes.Length; i++) classes[i] = random.NextInt(Classes);
        return Minibatch.FromClasses(inputs, classes);
    }
}
