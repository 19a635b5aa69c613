namespace PipelineBackprop.Graph.Writers;

/// <summary>A ground and an ink for every stage, the same in all writers; dark on light, told apart by people who see few colours too.</summary>
internal static class StageColours
{
    private static readonly (string Ground, string Ink)[] s_pairs =
    [
        ("#eaf2fb", "#1f5fa8"), ("#fdf1e0", "#a8570a"), ("#e8f5ec", "#1f7a43"), ("#f5ecfa", "#7a3fa0"),
        ("#e4f5f6", "#12727a"), ("#fdecef", "#ad2a4b"), ("#f6f3df", "#75670f"), ("#eef0f3", "#4f5865"),
    ];

    public static string Ground(int stage) => s_pairs[stage % s_pairs.Length].Ground;

    public static string Ink(int stage) => s_pairs[stage % s_pairs.Length].Ink;
}
