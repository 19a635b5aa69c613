namespace PipelineBackprop.Naming;

/// <summary>Text from a file, for a sentence.</summary>
internal static class OneLine
{
    /// <summary>The text with a ? for every control character, line breaks included.</summary>
    public static string Of(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));
}
