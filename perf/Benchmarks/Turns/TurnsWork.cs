using System.Globalization;
using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Inference;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Turns;

/// <summary>The work that builds are compared by, made from its words. Only types of .NET cross the border, for every build has its own of ours.</summary>
internal static class TurnsWork
{
    /// <summary>The most threads that a work can have.</summary>
    public const int MostThreads = 1024;

    /// <summary>How a work is written.</summary>
    public const string Forms =
        "step:WIDTHS:BATCH:STAGES:MICROBATCHES:THREADS, layers:WIDTHS:BATCH:MICROBATCHES:THREADS, product:MxNxK:NN|NT|TN|TT:THREADS, packed:MxNxK:N|T:THREADS, predict:WIDTHS:BATCH:THREADS, sgd:COUNT:THREADS or adam:COUNT:THREADS, with WIDTHS such as 784-256-10";

    /// <summary>The work, ready to be repeated.</summary>
    /// <exception cref="FormatException">The words make no sense.</exception>
    public static async Task<(Func<int, Task> Run, Func<ValueTask> End)> CreateAsync(string work)
    {
        try
        {
            return await OfWordsAsync(work);
        }
        catch (InvalidInputException error)
        {
            throw new FormatException($"'{work}' cannot be done: {error.Message}");
        }
    }

    private static async Task<(Func<int, Task> Run, Func<ValueTask> End)> OfWordsAsync(string work) => work.Split(':') switch
    {
        ["step", string widths, string batch, string stages, string parts, string threads] =>
            await Step(new StepCase(Widths(widths), Number(batch), Number(stages), Number(parts), Threads(threads))),
        ["layers", string widths, string batch, string parts, string threads] =>
            Layers(new StepCase(Widths(widths), Number(batch), Stages: 1, Number(parts), Threads(threads))),
        ["product", string size, string form, string threads] when form is "NN" or "NT" or "TN" or "TT" =>
            Product(Size(size), form[0] == 'T', form[1] == 'T', Threads(threads)),
        ["packed", string size, string form, string threads] when form is "N" or "T" => PackedProduct(Size(size), form == "T", Threads(threads)),
        ["predict", string widths, string batch, string threads] => await Predict(new StepCase(Widths(widths), Number(batch), Stages: 1, MicroBatches: 1, Threads(threads))),
        ["sgd", string count, string threads] => Update(Number(count), Threads(threads), isAdam: false),
        ["adam", string count, string threads] => Update(Number(count), Threads(threads), isAdam: true),
        _ => throw new FormatException($"'{work}' is no work; there are {Forms}."),
    };

    private static async Task<(Func<int, Task>, Func<ValueTask>)> Step(StepCase stepCase)
    {
        Minibatch minibatch = stepCase.CreateMinibatch();
        Pipeline pipeline = await Pipeline.CreateAsync(stepCase.Options);
        return (async repeats =>
        {
            for (int i = 0; i < repeats; i++) await pipeline.TrainStepAsync(minibatch);
        }, pipeline.DisposeAsync);
    }

    private static (Func<int, Task>, Func<ValueTask>) Layers(StepCase stepCase)
    {
        var layers = new LayerStep(stepCase);
        return Repeated(() => layers.Take(), layers);
    }

    private static (Func<int, Task>, Func<ValueTask>) Product(ProductSize size, bool transposeA, bool transposeB, int threads)
    {
        var operands = new ProductOperands(size);
        var workspace = new GemmWorkspace();
        var team = new ThreadTeam(threads, "product");
        return Repeated(() => MatrixProduct.Multiply(operands.Problem(transposeA, transposeB), workspace, team), team, workspace, operands);
    }

    // As a layer's weights are: packed once, for many products.
    private static (Func<int, Task>, Func<ValueTask>) PackedProduct(ProductSize size, bool transposeB, int threads)
    {
        ICompute compute = CpuDevice.Instance.Open(new ComputeOptions(Threads: threads));
        var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("product"));
        DeviceTensor x = pool.Rent(Shape.Matrix(size.M, size.K), MemoryPurpose.Workspace), y = pool.Rent(Shape.Matrix(size.M, size.N), MemoryPurpose.Workspace);
        DeviceTensor weight = pool.Rent(transposeB ? Shape.Matrix(size.N, size.K) : Shape.Matrix(size.K, size.N), MemoryPurpose.Parameters);
        foreach (DeviceTensor tensor in new[] { x, weight }) compute.Fill(tensor, 0.01);
        WeightUse use = transposeB ? WeightUse.Forward : WeightUse.InputGradient;
        DeviceTensor packed = pool.Rent(Shape.Vector(compute.PackedElements(weight.Shape, use)), MemoryPurpose.Workspace);
        compute.Pack(weight, use, packed);
        return Repeated(() =>
        {
            if (transposeB) compute.Linear(x, weight, packed, bias: null, default, preActivation: null, y);
            else compute.LinearInputGradient(x, weight, packed, y);
        }, pool, compute);
    }

    private static async Task<(Func<int, Task>, Func<ValueTask>)> Predict(StepCase stepCase)
    {
        Minibatch minibatch = stepCase.CreateMinibatch();
        Pipeline pipeline = await Pipeline.CreateAsync(stepCase.Options);
        Predictor predictor = await pipeline.CreatePredictorAsync(stepCase.Threads);
        var outputs = new float[minibatch.Count * predictor.Outputs];
        (Func<int, Task> run, _) = Repeated(() => predictor.Predict(minibatch.Inputs.Span, outputs));
        return (run, EndAsync);

        ValueTask EndAsync()
        {
            predictor.Dispose();
            return pipeline.DisposeAsync();
        }
    }

    private static (Func<int, Task>, Func<ValueTask>) Update(int count, int threads, bool isAdam)
    {
        ICompute compute = CpuDevice.Instance.Open(new ComputeOptions(Threads: threads));
        var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("update"));
        DeviceTensor[] tensors = [.. Enumerable.Range(0, 4).Select(_ => pool.Rent(Shape.Vector(count), MemoryPurpose.Workspace))];
        foreach (DeviceTensor tensor in tensors) compute.Fill(tensor, 0.01);
        long step = 0;
        return Repeated(() =>
        {
            if (isAdam) compute.AdamUpdate(new AdamStep(1e-4, GradientScale: 0.5, 0, DecoupledDecay: 0.01, 0.9, 0.999, 1e-8, ++step), tensors[0], tensors[1], tensors[2], tensors[3]);
            else compute.SgdUpdate(new SgdStep(1e-4, GradientScale: 1, CoupledDecay: 1e-3, DecoupledDecay: 0, Momentum: 0, Nesterov: false), tensors[0], null, tensors[1]);
        }, pool, compute);
    }

    private static (Func<int, Task>, Func<ValueTask>) Repeated(Action once, params IDisposable[] owned)
    {
        return (RunAsync, EndAsync);

        Task RunAsync(int repeats)
        {
            for (int i = 0; i < repeats; i++) once();
            return Task.CompletedTask;
        }

        ValueTask EndAsync()
        {
            foreach (IDisposable one in owned) one.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private static ProductSize Size(string text) => Numbers(text, 'x') is [int m, int n, int k] ? new ProductSize(m, n, k) : throw new FormatException($"'{text}' is no size; 256x1024x1024 is one.");

    private static int[] Widths(string text) => Numbers(text, '-') is { Length: > 1 } widths ? widths : throw new FormatException($"'{text}' are no widths; 784-256-10 are.");

    private static int[] Numbers(string text, char between) => [.. text.Split(between).Select(Number)];

    private static int Threads(string text) => Number(text) is <= MostThreads and int threads ? threads : throw new FormatException($"'{text}' are too many threads; {MostThreads} are the most.");

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw new FormatException($"'{text}' is no number of at least 1.");
}
