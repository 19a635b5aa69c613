namespace PipelineBackprop.Compute.Threading;

/// <summary>A compute whose thread can do something for others while it has nothing to do for itself.</summary>
internal interface ILendsThread
{
    /// <summary>
    /// What the thread is to call while it waits, again and again; false says that there was nothing to do. Null where there is nobody to help.
    /// </summary>
    /// <param name="isCalled">Whether work of the thread's own waits, for which it leaves others' as soon as it can.</param>
    Func<bool>? Lend(Func<bool> isCalled);
}
