namespace PipelineBackprop.Compute.Gemm;

/// <summary>Whether a kernel asks for memory ahead. Implemented by empty structs that only serve as type arguments.</summary>
internal unsafe interface IAhead
{
    /// <summary>Asks for what a turn asks for; returns where the next one begins.</summary>
    static abstract byte* Ask(byte* next, nint distance, nint turn);
}
