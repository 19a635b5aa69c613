namespace PipelineBackprop.Configuration.Reading;

/// <summary>Marks a whole number that may also be the text "auto", which is read as 0.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AutoAcceptedAttribute : Attribute
{
    /// <summary>The text.</summary>
    public const string Text = "auto";
}
