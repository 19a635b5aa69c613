namespace PipelineBackprop.Compute;

/// <summary>Whether a device records the launches that come again in every step, and starts them together.</summary>
public enum LaunchReplay
{
    /// <summary>Where the driver can.</summary>
    Auto,

    /// <summary>Never: each is launched by itself.</summary>
    Off,
}
