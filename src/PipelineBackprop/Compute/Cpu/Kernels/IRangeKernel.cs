namespace PipelineBackprop.Compute.Cpu;

/// <summary>Work over numbered items (elements, rows or columns) of which any range can be done on its own, on any thread.</summary>
internal interface IRangeKernel
{
    /// <summary>About how many additions of two tensors an element costs as much as; it decides from which size on threads share the work.</summary>
    static virtual int Weight => 1;

    /// <summary>The same for a kernel over rows: as how many elements beginning and ending a row counts.</summary>
    static virtual int RowCost => 0;

    /// <summary>Does the items <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> − 1.</summary>
    void Execute(int start, int count);
}
