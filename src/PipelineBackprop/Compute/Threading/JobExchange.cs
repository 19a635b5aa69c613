namespace PipelineBackprop.Compute.Threading;

/// <summary>The threads of one pipeline that help each other: each has a door to its own jobs and, while it has nothing to do, comes in at the others'. Thread-safe.</summary>
internal sealed class JobExchange
{
    private readonly Lock _lock = new();
    private volatile OpenJob[] _doors = []; // replaced as a whole under _lock

    /// <summary>A door for one more thread.</summary>
    public OpenJob Join()
    {
        var door = new OpenJob();
        lock (_lock) _doors = [.. _doors, door];
        return door;
    }

    /// <summary>Takes a closed door away.</summary>
    public void Leave(OpenJob door)
    {
        lock (_lock) _doors = [.. _doors.Where(other => other != door)];
    }

    /// <summary>Helps at every door but the own; false where there was nothing to do.</summary>
    public bool TryHelp(OpenJob own, Guest guest)
    {
        bool hasHelped = false;
        foreach (OpenJob door in _doors)
        {
            if (guest.IsCalled()) break;
            if (door != own) hasHelped |= door.TryHelp(guest);
        }
        return hasHelped;
    }
}
