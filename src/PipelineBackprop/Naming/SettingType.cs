namespace PipelineBackprop.Naming;

/// <summary>What a setting of a layer, loss, optimizer or learning-rate schedule holds.</summary>
public enum SettingType
{
    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>One of <see cref="SettingDescription.Choices"/>.</summary>
    Choice,
}
