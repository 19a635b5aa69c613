using System.Text.Json;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Losses;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using Xunit;

namespace PipelineBackprop.Testing.Golden;

/// <summary>The chapter's perceptron with one hidden layer: every value and gradient against the reference, in float32, by plain calls of layers and compute.</summary>
public abstract class OneHiddenLayerTests
{
    private const string File = "one_hidden_layer.json", List = "cases";

    // Relative to the tensor's norm; the values that enter are of size 1 and float32 holds them to 6e-8, so a tensor whose terms cancel to almost
    // nothing cannot be better than 1e-7, which is 1e-5 of the floor.
    private const double Tolerance = 1e-5, Floor = 1e-2;

    /// <summary>The device to compute on.</summary>
    protected virtual IDevice Device => CpuDevice.Instance;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Fixture.Read(File, List).Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryValueAndGradient_AgreesWithTheReference(int index)
    {
        JsonElement expected = Fixture.Read(File, List)[index];
        using var bench = new ComputeBench(Device, ElementType.Float32);
        ICompute compute = bench.Compute;
        Activation activation = ActivationNames.Parse(expected.GetProperty("activation").GetString()!);
        Loss loss = LossRegistry.Create(expected.GetProperty("loss").GetString()!);
        bool bias = expected.GetProperty("bias").GetBoolean();
        double lambda = expected.GetProperty("weightDecay").GetDouble();
        DeviceTensor x = bench.Upload(expected.GetProperty("x").Matrix()), y = bench.Upload(expected.GetProperty("y").Targets());
        using var first = new GoldenLayer(bench, expected, "1", bias, activation, needsInputGradient: false);
        using var second = new GoldenLayer(bench, expected, "2", bias, Activation.Identity, needsInputGradient: true);

        DeviceTensor h = first.Forward(x), o = second.Forward(h);
        DeviceTensor z = bench.Rent(h.Shape);
        compute.Linear(x, first.Weight, first.Bias, Activation.Identity, null, z);
        Check(z, "z");
        Check(h, "h");
        Check(o, "o");

        DeviceTensor losses = bench.Upload([0.0]), dJdo = bench.Rent(o.Shape);
        loss.Evaluate(compute, o, y, 1.0 / x.Rows, losses, 0, dJdo);
        double l = bench.Download(losses)[0] / x.Rows;
        double s = lambda / 2 * (compute.SumOfSquares(first.Weight) + compute.SumOfSquares(second.Weight));
        CheckNumber(l, "L");
        CheckNumber(s, "s");
        CheckNumber(l + s, "J");
        Check(dJdo, "dJ_do");

        DeviceTensor dJdh = second.Backward(dJdo, lambda)!, dJdz = bench.Rent(h.Shape);
        compute.ActivateBackward(activation, activation.DerivativeFromOutput ? h : z, dJdh, dJdz);
        Assert.Null(first.Backward(dJdh, lambda));
        Check(dJdh, "dJ_dh");
        Check(dJdz, "dJ_dz");
        first.Check(Check);
        second.Check(Check);

        void Check(DeviceTensor tensor, string name) =>
            Close.InNorm(expected.GetProperty(name).Flat(), bench.Download(tensor), Tolerance, name, Floor);
        void CheckNumber(double value, string name) => Close.Each([expected.GetProperty(name).GetDouble()], [value], Tolerance, name, Floor);
    }

    /// <summary>One dense layer with the weights of a case; ∂J/∂W = ∂L/∂W + λ W is put together after its backward pass.</summary>
    private sealed class GoldenLayer : IDisposable
    {
        private readonly string _number;
        private readonly DenseLayer _layer;
        private readonly LayerContext _context;

        internal GoldenLayer(ComputeBench bench, JsonElement golden, string number, bool bias, Activation activation, bool needsInputGradient)
        {
            _number = number;
            DeviceTensor weight = bench.Upload(golden.GetProperty("w" + number).Matrix());
            List<DeviceTensor> parameters = [weight], gradients = [bench.Rent(weight.Shape)];
            if (bias)
            {
                parameters.Add(bench.Upload(golden.GetProperty("b" + number).Vector()));
                gradients.Add(bench.Rent(parameters[1].Shape));
            }
            _layer = new DenseLayer(weight.Columns, weight.Rows, activation, bias);
            _context = new LayerContext(bench.Compute, bench.Pool, parameters, gradients, randomKey: 0, needsInputGradient)
            {
                IsTraining = true,
                Frame = new StashFrame(),
            };
        }

        internal DeviceTensor Weight => _context.Parameters[0];

        internal DeviceTensor? Bias => _layer.HasBias ? _context.Parameters[1] : null;

        internal DeviceTensor Forward(DeviceTensor x) => _layer.Forward(_context, x);

        internal DeviceTensor? Backward(DeviceTensor dy, double lambda)
        {
            DeviceTensor? dx = _layer.BackwardInput(_context, dy);
            _layer.BackwardParameters(_context);
            _context.Compute.AddScaled(Weight, lambda, _context.Gradients[0]);
            return dx;
        }

        internal void Check(Action<DeviceTensor, string> check)
        {
            check(_context.Gradients[0], "dJ_dW" + _number);
            if (_layer.HasBias) check(_context.Gradients[1], "dJ_db" + _number);
        }

        public void Dispose() => _context.Frame.Clear();
    }
}
