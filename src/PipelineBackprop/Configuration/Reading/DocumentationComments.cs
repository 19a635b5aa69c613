using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>The summaries of this assembly's members, from the documentation file that the compiler writes beside it.</summary>
internal static partial class DocumentationComments
{
    private static readonly Lazy<Dictionary<string, string>> s_summaries = new(Load);

    /// <summary>The summary as plain text, or null without a documentation file.</summary>
    public static string? Summary(PropertyInfo property) =>
        s_summaries.Value.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");

    private static Dictionary<string, string> Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, typeof(DocumentationComments).Assembly.GetName().Name + ".xml");
        if (!File.Exists(path)) return [];
        return XDocument.Load(path).Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Plain(member.Element("summary")!));
    }

    private static string Plain(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(node => node switch
    {
        XElement element when element.Attribute("cref") is { } reference => $"'{JsonNamingPolicy.CamelCase.ConvertName(reference.Value.Split('.')[^1])}'",
        XElement element => element.Value,
        _ => node.ToString(),
    })), " ").Trim().Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
