namespace PipelineBackprop.Configuration.Reading;

/// <summary>Marks a list in whose place a single element may stand.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SingleAcceptedAttribute : Attribute;
