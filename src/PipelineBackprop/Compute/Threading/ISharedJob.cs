namespace PipelineBackprop.Compute.Threading;

/// <summary>A job whose tasks may be taken by threads from outside. A struct, so that opening it to them allocates nothing.</summary>
internal interface ISharedJob
{
    /// <summary>Takes the tasks that are to be had at the moment, as long as the guest is not called away; false when there was none. Called by several threads at a time; what it throws, the job's owner throws.</summary>
    bool Help(Guest guest);
}
