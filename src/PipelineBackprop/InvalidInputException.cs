namespace PipelineBackprop;

/// <summary>
/// Input or settings that cannot be used. The message is one sentence that names the file, line or field, the value found and
/// what would be right; the program prints it as it is and exits with code 2.
/// </summary>
public sealed class InvalidInputException : Exception
{
    /// <summary>Creates the exception from its one sentence.</summary>
    public InvalidInputException(string message) : base(message) { }

    /// <summary>Creates the exception from its one sentence and the fault that revealed it.</summary>
    public InvalidInputException(string message, Exception inner) : base(message, inner) { }
}
