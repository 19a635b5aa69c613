using PipelineBackprop.Checkpoints;
using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Layers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Inference;

/// <summary>
/// A trained network for inference: o = network(x) on the caller's own thread, without stages, blocks or messages, with the bits that
/// a pipeline predicts on the processor. Parameters are copied and packed once and never change. Thread-safe: any number of calls run at the
/// same time, each with activations of its own, which are kept for later calls, so that a call allocates nothing once as many have run together before.
/// <see cref="Dispose"/> frees the memory behind the last call under way.
/// </summary>
public sealed class Predictor : IDisposable
{
    private readonly PredictorSeats _seats;

    internal Predictor(IReadOnlyList<Layer> layers, PredictorOptions options, Action<string, ICompute, DeviceTensor> upload)
    {
        LayerChain.Validate(layers);
        if (options.Threads is < 1 or > ComputeOptions.MostThreads)
            throw new InvalidInputException(FormattableString.Invariant($"threads must be from 1 to {ComputeOptions.MostThreads}, got {options.Threads}."));
        if (!Enum.IsDefined(options.ElementType))
            throw new InvalidInputException($"elementType must be one of {string.Join(", ", Enum.GetNames<Tensors.ElementType>())}, got {options.ElementType}.");
        (Layers, Options) = (layers, options);
        LedgerAccount account = Ledger.Open("predictor");
        using ICompute compute = CpuDevice.Instance.Open(new ComputeOptions(options.ElementType));
        var weights = new PredictorWeights(layers, compute, account, upload);
        weights.Pack(layers, compute);
        _seats = new PredictorSeats(options.Threads > 1 ? new PredictorTeam(new ThreadTeam(options.Threads, "predictor"), CreateSeat, Inputs, Outputs) : null, () => CreateSeat(null), weights);

        PredictorSeat CreateSeat(ThreadTeam? team) => new(layers, weights, CpuDevice.Open(options.ElementType, team), account, options.ChecksEveryLayer);
    }

    /// <summary>The network.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>How it computes.</summary>
    public PredictorOptions Options { get; }

    /// <summary>Width of an input row.</summary>
    public int Inputs => Layers[0].Inputs;

    /// <summary>Width of an output row.</summary>
    public int Outputs => Layers[^1].Outputs;

    /// <summary>The bytes of parameters, their packings and the activations of calls under way.</summary>
    public MemoryLedger Ledger { get; } = new();

    /// <summary>Makes a predictor of a network and its weights, such as those of a checkpoint or a safetensors file.</summary>
    /// <param name="layers">The layers in order; at least one, each as wide as the one before gives.</param>
    /// <param name="weights">Every parameter of the layers and nothing else: <c>layers.N.weight</c> [out×in], <c>layers.N.bias</c> [out] and so on; copied,
    /// float64 rounded to nearest where the predictor computes in float32.</param>
    /// <param name="options">How to compute; null takes the defaults.</param>
    /// <exception cref="InvalidInputException">Layers that do not fit together, or a weight that is missing, null, unknown, of another shape
    /// or beyond the range of the number format, in one sentence.</exception>
    public static Predictor Create(IReadOnlyList<Layer> layers, IReadOnlyList<NamedTensor> weights, PredictorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(weights);
        layers = [.. layers];
        LayerChain.Validate(layers);
        options ??= new PredictorOptions();
        TensorFit.Check(
            layers.SelectMany((layer, index) => layer.Parameters.Select(parameter => (ParameterNames.Of(index, parameter), parameter.Shape))), weights, options.ElementType);
        Dictionary<string, NamedTensor> byName = weights.ToDictionary(weight => weight.Name);
        return new Predictor(layers, options, (name, compute, target) =>
        {
            NamedTensor weight = byName[name];
            if (weight.ElementType == Tensors.ElementType.Float64) compute.Upload(weight.ToFloat64().Span, target);
            else compute.Upload(weight.Data.Span, target);
        });
    }

    /// <summary>Makes a predictor of a network and the weights in a checkpoint's directory, such as <c>runs/NAME/checkpoints/step-00001234</c>.</summary>
    /// <param name="layers">As in <see cref="Create"/>.</param>
    /// <param name="directory">The checkpoint's directory.</param>
    /// <param name="options">How to compute; null takes the defaults.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="InvalidInputException">The checkpoint is damaged or is not one of this network, in one sentence.</exception>
    public static async Task<Predictor> LoadAsync(
        IReadOnlyList<Layer> layers, string directory, PredictorOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(directory);
        layers = [.. layers];
        LayerChain.Validate(layers);
        LoadedCheckpoint loaded = await CheckpointStore.LoadAsync(directory, cancellationToken).ConfigureAwait(false);
        return Create(layers, loaded.Checkpoint.Parameters, options);
    }

    /// <summary>The outputs [rows×Outputs] of the network for inputs [rows×Inputs], dropout off; in a new array.</summary>
    /// <inheritdoc cref="Predict(ReadOnlySpan{float}, Span{float}, CancellationToken)" path="/exception"/>
    public float[] Predict(ReadOnlySpan<float> inputs, CancellationToken cancellationToken = default)
    {
        int rows = RowsOf(inputs);
        if ((long)rows * Outputs > Array.MaxLength)
            throw new InvalidInputException($"the outputs of {rows} rows × {Outputs} are {(long)rows * Outputs} values, but one array holds at most {Array.MaxLength}; ask for fewer rows at a time.");
        var outputs = new float[rows * Outputs];
        Predict(inputs, outputs, cancellationToken);
        return outputs;
    }

    /// <summary>Writes the outputs of the network for inputs [rows×Inputs] to <paramref name="outputs"/> [rows×Outputs], dropout off; allocates nothing.</summary>
    /// <param name="inputs">Row-major; at least one row.</param>
    /// <param name="outputs">As many rows; must not overlap the inputs. Its contents are undefined where the call throws.</param>
    /// <param name="cancellationToken">Looked at every 128 rows of a thread.</param>
    /// <exception cref="InvalidInputException">The inputs are no whole rows.</exception>
    /// <exception cref="ArgumentException">The outputs have another length, or overlap the inputs.</exception>
    /// <exception cref="InvalidOperationException">A layer returned what it must not, or held on to a tensor that it rented; names the layer.</exception>
    /// <exception cref="ArithmeticException">A layer's output holds NaN or an infinity, where <see cref="PredictorOptions.ChecksEveryLayer"/> asks for that.</exception>
    /// <exception cref="ObjectDisposedException">The predictor was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public unsafe void Predict(ReadOnlySpan<float> inputs, Span<float> outputs, CancellationToken cancellationToken = default)
    {
        int rows = RowsOf(inputs);
        if (outputs.Length != (long)rows * Outputs)
            throw new ArgumentException($"The outputs of {rows} rows × {Outputs} take {(long)rows * Outputs} values, got room for {outputs.Length}.", nameof(outputs));
        if (inputs.Overlaps(outputs)) throw new ArgumentException("The outputs overlap the inputs; give them memory of their own.", nameof(outputs));
        IPredictorSeat seat = _seats.Rent();
        try
        {
            // The layers read the inputs where they lie.
            fixed (float* pinned = inputs)
            {
                for (int first = 0, count; first < rows; first += count)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    count = Math.Min(seat.RowsAtOnce, rows - first);
                    seat.Predict(inputs.Slice(first * Inputs, count * Inputs), count, outputs.Slice(first * Outputs, count * Outputs), cancellationToken);
                }
            }
        }
        finally
        {
            _seats.Return(seat);
        }
    }

    /// <summary>Lets no further call begin and frees the memory behind the last one under way; does not wait for it. A second call does nothing.</summary>
    public void Dispose() => _seats.Dispose();

    private int RowsOf(ReadOnlySpan<float> inputs) => inputs.Length > 0 && inputs.Length % Inputs == 0
        ? inputs.Length / Inputs
        : throw new InvalidInputException($"layer 0 ({Layers[0]}) expects rows of {Inputs} inputs, got {inputs.Length} values.");
}
