using System.Text.RegularExpressions;
using Xunit;

namespace PipelineBackprop.Tests.Data;

internal static partial class OneSentence
{
    /// <summary>Asserts that the message is exactly one sentence and holds every one of the parts.</summary>
    public static void Require(string message, params IEnumerable<string> parts)
    {
        Assert.EndsWith(".", message);
        Assert.DoesNotContain('\n', message);
        Assert.False(Inner().IsMatch(message), $"more than one sentence: {message}");
        foreach (string part in parts) Assert.Contains(part, message);
    }

    [GeneratedRegex(@"\w[.!?]['"")]?\s+\p{L}")]
    private static partial Regex Inner();
}
