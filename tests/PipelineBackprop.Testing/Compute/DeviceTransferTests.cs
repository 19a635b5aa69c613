using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using Xunit;

namespace PipelineBackprop.Testing.Compute;

/// <summary>Tensors that go back and forth between two devices, while both overwrite what has just been sent and lend it again.</summary>
public abstract class DeviceTransferTests
{
    private const int Rounds = 60;

    /// <summary>A device of the backend, 0 or 1.</summary>
    protected abstract IDevice Device(int index);

    /// <summary>Elements of the tensors; with the longest a copy takes longer than a launch.</summary>
    protected virtual IReadOnlyList<int> Lengths { get; } = [1, 1000, 70_001, 400_000];

    /// <summary>Elements of what is uploaded; the longest does not fit into the staging memory.</summary>
    protected virtual IReadOnlyList<int> UploadedLengths { get; } = [100, 1 << 14, 400_000, (1 << 22) + 1];

    [Fact]
    public void What_is_uploaded_comes_behind_the_work_before_and_ahead_of_the_work_after()
    {
        const int Uploads = 8;
        using ICompute compute = Device(0).Open(new ComputeOptions());
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("uploads"));
        foreach (int length in UploadedLengths)
        {
            var shape = Shape.Vector(length);
            var values = new float[length];
            DeviceTensor sum = Filled(compute, pool, shape, 0), x = pool.Rent(shape, MemoryPurpose.Workspace);
            for (int round = 1; round <= Uploads; round++)
            {
                Array.Fill(values, round);
                compute.Upload(values, x);
                // The host's memory is free at once.
                Array.Fill(values, float.NaN);
                compute.Add(sum, x, sum);
                compute.Scale(x, 3, x);
            }
            compute.Download(sum, values);
            Assert.All(values, value => Assert.Equal(Uploads * (Uploads + 1) / 2, value));
            sum.Release();
            x.Release();
        }
    }

    [Fact]
    public void What_is_sent_arrives_whatever_becomes_of_its_memory()
    {
        using ICompute left = Device(0).Open(new ComputeOptions()), right = Device(1).Open(new ComputeOptions());
        using var leftPool = new TensorPool(left.Allocate, new MemoryLedger().Open("left"));
        using var rightPool = new TensorPool(right.Allocate, new MemoryLedger().Open("right"));
        using var leftHost = new TensorPool(left.AllocateHost, new MemoryLedger().Open("left host"));
        using var rightHost = new TensorPool(right.AllocateHost, new MemoryLedger().Open("right host"));
        foreach (int length in Lengths)
        {
            var shape = Shape.Vector(length);
            DeviceTensor sum = Filled(left, leftPool, shape, 0);
            for (int round = 1; round <= Rounds; round++)
            {
                DeviceTensor sent = Filled(left, leftPool, shape, round);
                DeviceTensor there = Send(left, sent, leftHost, Device(1), right, rightPool);
                right.Scale(there, 2, there);
                DeviceTensor back = Send(right, there, rightHost, Device(0), left, leftPool);
                left.Add(sum, back, sum);
                back.Release();
            }
            // Whole numbers below 2²⁴: exact.
            double expected = Rounds * (Rounds + 1);
            var values = new double[length];
            left.Download(sum, values);
            Assert.All(values, value => Assert.Equal(expected, value));
            sum.Release();
        }
    }

    private static DeviceTensor Send(ICompute from, DeviceTensor sent, TensorPool host, IDevice receiver, ICompute to, TensorPool pool)
    {
        DeviceTensor exported = from.Export(sent, host, receiver);
        bool stays = ReferenceEquals(exported, sent);
        // What was exported by copying is the sender's again at once.
        if (!stays) from.Fill(sent, double.NaN);
        sent.Release();
        DeviceTensor target = pool.Rent(exported.Shape, MemoryPurpose.Workspace);
        to.Import(exported, target);
        exported.Release();
        return target;
    }

    private static DeviceTensor Filled(ICompute compute, TensorPool pool, Shape shape, double value)
    {
        DeviceTensor tensor = pool.Rent(shape, MemoryPurpose.Workspace);
        compute.Fill(tensor, value);
        return tensor;
    }
}
