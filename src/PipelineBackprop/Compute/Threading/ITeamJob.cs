namespace PipelineBackprop.Compute.Threading;

/// <summary>
/// Work cut into numbered parts for a <see cref="ThreadTeam"/>. A struct, so that a run allocates nothing; it is copied once and
/// the same copy is shared by all threads, so <see cref="Execute"/> may be called for different parts at the same time.
/// </summary>
internal interface ITeamJob
{
    /// <summary>Does part number <paramref name="part"/>. Called at most once for every part of a run.</summary>
    void Execute(int part);
}
