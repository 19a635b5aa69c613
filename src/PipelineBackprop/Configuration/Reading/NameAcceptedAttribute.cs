namespace PipelineBackprop.Configuration.Reading;

/// <summary>Marks settings that may also be written as the text of their kind alone.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NameAcceptedAttribute : Attribute;
