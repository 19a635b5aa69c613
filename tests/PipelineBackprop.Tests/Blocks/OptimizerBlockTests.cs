using System.Threading.Tasks.Dataflow;
using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using Xunit;

namespace PipelineBackprop.Tests.Blocks;

/// <summary>The optimizer block trusts no schedule: gradients count only when each layer hands in every micro-batch once and in order.</summary>
public sealed class OptimizerBlockTests
{
    private const int MicroBatches = 3;

    [Theory]
    [InlineData("0.0 0.1 0.2 1.0 1.1 1.2", null)]
    [InlineData("0.0 1.0 0.1 1.1 0.2 1.2", null)]
    [InlineData("0.0 0.2", "Layer 0 handed in the gradients of micro-batch 2; the next in order is 1.")]
    [InlineData("0.0 1.0 1.0", "Layer 1 handed in the gradients of micro-batch 0; the next in order is 1.")]
    [InlineData("0.0 0.1 0.2 1.0 1.1", "Layer 1 handed in 2 of 3 micro-batches' gradients.")]
    public async Task Contributions_AreCountedInOrder(string contributions, string? refusal)
    {
        using ICompute compute = CpuDevice.Instance.Open(new ComputeOptions());
        LedgerAccount account = new MemoryLedger().Open("test");
        using var pools = new StagePools(compute, account);
        OptimizedParameter[] parameters = [.. new[] { 0, 1 }.Select(layer => Parameter(layer, pools))];
        DeviceTensor[] gradients = [.. parameters.Select(parameter => pools.Device.Rent(parameter.Specification.Shape, MemoryPurpose.Gradients))];
        foreach (DeviceTensor tensor in gradients.Concat(parameters.Select(parameter => parameter.Value))) compute.Fill(tensor, 1);
        var listener = new Listener();
        using var thread = new StageThread("optimizer");
        var block = new OptimizerBlock(
            new BlockHost(compute, pools, thread, reportsAtEnd: false, new StageRecorder()), parameters, newest: null, gradients, new SgdOptimizer(0.1), WeightDecay.None, listener);
        var pass = new Pass(PassMode.Train, 0, MicroBatchRange.Split(7, MicroBatches), default, TestContext.Current.CancellationToken);

        await Task.Factory.StartNew(Post, TestContext.Current.CancellationToken, TaskCreationOptions.None, thread);

        Assert.Equal(refusal, await listener.First.WaitAsync(TestContext.Current.CancellationToken));
        foreach (DeviceTensor tensor in gradients.Concat(parameters.Select(parameter => parameter.Value))) tensor.Release();

        void Post()
        {
            foreach (int[] pair in contributions.Split(' ').Select(word => word.Split('.').Select(int.Parse).ToArray()))
                block.Target.Post(OptimizerMessage.Contribution(pass, pair[0], pair[1]));
            block.Target.Post(OptimizerMessage.Finish(pass));
        }
    }

    private static OptimizedParameter Parameter(int layer, StagePools pools)
    {
        var specification = new ParameterSpecification("weight", Shape.Matrix(2, 2), Initializer.Ones, IsDecayed: true);
        return new OptimizedParameter(layer, $"layers.{layer}.weight", specification, pools.Device.Rent(specification.Shape, MemoryPurpose.Parameters), []);
    }

    private sealed class Listener : IOptimizerListener
    {
        private readonly TaskCompletionSource<string?> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What was heard first: null for gradients, else the fault.</summary>
        public Task<string?> First => _first.Task;

        public void GradientsReady(Pass pass, GradientReport report) => _first.TrySetResult(null);

        public void Updated(Pass pass) => _first.TrySetException(new InvalidOperationException("nobody asked for an update"));

        public void OptimizerFailed(Pass pass, BlockFault fault, bool duringUpdate) => _first.TrySetResult(fault.Exception.Message);
    }
}
