using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Inference;

/// <summary>
/// The seat of several threads. Many rows are divided: each thread takes its share through all layers with a seat of its own, so that nothing goes from one
/// processor's cache to another's. Few rows stay together, and the threads share every product. The bits are the same.
/// </summary>
internal sealed unsafe class PredictorTeam : IPredictorSeat
{
    // Fewer rows read weights more often than they use them.
    private const int MinRowsOfAPart = 32;

    // A tile of the matrix product is full at any multiple.
    private const int RowStep = 4;

    private readonly ThreadTeam _team;
    private readonly PredictorSeat _together;
    private readonly PredictorSeat[] _apart;
    private readonly int _inputs, _outputs;

    /// <param name="team">The threads; owned.</param>
    /// <param name="create">Makes a seat whose compute shares the team, or one of a single thread for null.</param>
    /// <param name="inputs">Width of an input row.</param>
    /// <param name="outputs">Width of an output row.</param>
    public PredictorTeam(ThreadTeam team, Func<ThreadTeam?, PredictorSeat> create, int inputs, int outputs)
    {
        (_team, _inputs, _outputs) = (team, inputs, outputs);
        _together = create(team);
        _apart = [.. Enumerable.Range(0, team.Threads).Select(_ => create(null))];
    }

    public bool IsTeam => true;

    public int RowsAtOnce => _together.RowsAtOnce * _apart.Length;

    public void Predict(ReadOnlySpan<float> inputs, int rows, Span<float> outputs, CancellationToken cancellationToken)
    {
        if (rows < MinRowsOfAPart * _apart.Length)
        {
            _together.Predict(inputs, rows, outputs, cancellationToken);
            return;
        }
        fixed (float* first = inputs, target = outputs)
            _team.Run(_apart.Length, new Job(this, first, rows, target, cancellationToken));
    }

    public void Dispose()
    {
        _together.Dispose();
        foreach (PredictorSeat seat in _apart) seat.Dispose();
        _team.Dispose();
    }

    private readonly struct Job(PredictorTeam team, float* inputs, int rows, float* outputs, CancellationToken cancellationToken) : ITeamJob
    {
        public void Execute(int part)
        {
            int first = First(part), count = First(part + 1) - first;
            team._apart[part].Predict(
                new(inputs + (nint)first * team._inputs, count * team._inputs), count, new(outputs + (nint)first * team._outputs, count * team._outputs), cancellationToken);
        }

        private int First(int part) => part == team._apart.Length ? rows : (int)((long)rows * part / team._apart.Length / RowStep) * RowStep;
    }
}
