using System.Globalization;

namespace PipelineBackprop.Schedules;

/// <summary>
/// One piece of work of a schedule: a stage, what it does, and the micro-batch it does it with. Printed the way the field does:
/// <c>2F0</c> is stage 2, forward, micro-batch 0.
/// </summary>
/// <param name="Stage">The global (virtual) stage, 0-based along the model; a device that holds several chunks runs several stages.</param>
/// <param name="Kind">What the stage does.</param>
/// <param name="MicroBatch">The micro-batch within its minibatch, 0-based.</param>
public readonly record struct PipelineAction(int Stage, ActionKind Kind, int MicroBatch)
{
    /// <summary>Stage, letter and micro-batch without separators, for example <c>2F0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Stage}{Kind.Letter()}{MicroBatch}");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="InvalidInputException">The text is no action.</exception>
    public static PipelineAction Parse(ReadOnlySpan<char> text) => TryParse(text, out PipelineAction action)
        ? action
        : throw new InvalidInputException($"action \"{text}\" should be a stage, one of F, B or W, and a micro-batch, like 2F0");

    /// <summary>Reads what <see cref="ToString"/> writes; false when the text has another form, spaces and signs included.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PipelineAction action)
    {
        action = default;
        int letter = text.IndexOfAnyExceptInRange('0', '9');
        if (letter < 0 || !ActionKindExtensions.TryFromLetter(text[letter], out ActionKind kind)) return false;
        if (!TryParseIndex(text[..letter], out int stage) || !TryParseIndex(text[(letter + 1)..], out int microBatch)) return false;
        action = new PipelineAction(stage, kind, microBatch);
        return true;
    }

    private static bool TryParseIndex(ReadOnlySpan<char> digits, out int value) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
