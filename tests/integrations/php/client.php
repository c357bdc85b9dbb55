<?php
// Requests as PHP jobs make them: curl, and http_build_query for what is sent.
// Usage: php client.php BASE_URL KEY < requests.json; a line of JSON on standard output for each.

[, $base, $key] = $argv;

function sent(array $asked): mixed
{
    $data = $asked['data'] ?? null;
    if ($data === null) {
        return null;
    }
    return match ($asked['as'] ?? 'form') {
        'form' => http_build_query($data),
        'filtered' => json_encode(['contacts' => array_filter($data['contacts'])] + $data),
        'json' => json_encode($data),
        'multipart' => array_map(
            fn($value) => is_array($value) ? new CURLFile($value['path'], 'text/plain', $value['name']) : $value,
            $data
        ),
    };
}

foreach (json_decode(stream_get_contents(STDIN), true) as $asked) {
    $url = $base . $asked['path'];
    if (isset($asked['query'])) {
        $url .= '?' . http_build_query($asked['query']);
    }
    $headers = ["Authorization: Bearer $key", "X-API-TOKEN: $key"];
    if (in_array($asked['as'] ?? '', ['json', 'filtered'])) {
        $headers[] = 'Content-Type: application/json';
    }
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CUSTOMREQUEST => $asked['method'],
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_TIMEOUT => 20,
        CURLOPT_PROXY => '',
    ]);
    $body = sent($asked);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }
    $answer = curl_exec($curl);
    echo json_encode(['status' => curl_getinfo($curl, CURLINFO_HTTP_CODE), 'body' => json_decode($answer, true)]), "\n";
}
